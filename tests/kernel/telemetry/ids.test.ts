import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextRequestId, requestIdFrom, traceIdFrom, traceparent } from '#kernel/telemetry/ids.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('ids', () => {
  test('of requests are never drawn twice, short and harmless', () => {
    const drawn = Array.from({ length: 20_000 }, nextRequestId);
    expect(new Set(drawn).size).toBe(20_000);
    for (const id of drawn.slice(0, 100)) expect(id).toMatch(/^[\w-]{1,64}$/);
  });

  test('of traces are never drawn twice and well formed', () => {
    const drawn = Array.from({ length: 20_000 }, () => traceIdFrom(undefined));
    expect(new Set(drawn).size).toBe(20_000);
    expect(drawn.every((id) => /^[0-9a-f]{32}$/.test(id) && id !== '0'.repeat(32))).toBe(true);
  });

  test('of spans differ within a trace', () => {
    const drawn = Array.from({ length: 1_000 }, () => traceparent(TRACE));
    expect(new Set(drawn).size).toBe(1_000);
    for (const text of drawn) expect(text).toMatch(new RegExp(`^00-${TRACE}-(?!0{16})[0-9a-f]{16}-0[01]$`));
  });

  test.each(['abc', 'a.b_c-D9', 'x'.repeat(64)])('a caller may bring %j', (id) => {
    expect(requestIdFrom(id)).toBe(id);
  });

  test('a caller may bring nothing that could break a header or a log line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(requestIdFrom(text)).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
      }),
    );
    for (const bad of ['', 'a b', 'a\n', '\na', 'a\r\nSet-Cookie: x', 'x'.repeat(65), 'é']) {
      expect(requestIdFrom(bad)).not.toBe(bad);
    }
  });

  test('a well-formed traceparent is taken up', () => {
    expect(traceIdFrom(`00-${TRACE}-${SPAN}-01`)).toBe(TRACE);
    expect(traceIdFrom(`00-${TRACE}-${SPAN}-00`)).toBe(TRACE);
  });

  test.each([
    '',
    TRACE,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}x-${SPAN}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    ` 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\n`,
  ])('the traceparent %j is not believed', (header) => {
    expect(traceIdFrom(header)).not.toBe(TRACE);
    expect(traceIdFrom(header)).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  });
});
