import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextRequestId, requestIdFrom } from '#kernel/telemetry/ids.ts';

describe('ids', () => {
  test('of requests are never drawn twice, short and harmless', () => {
    const drawn = Array.from({ length: 20_000 }, nextRequestId);
    expect(new Set(drawn).size).toBe(20_000);
    for (const id of drawn.slice(0, 100)) expect(id).toMatch(/^[\w-]{1,64}$/);
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
});
