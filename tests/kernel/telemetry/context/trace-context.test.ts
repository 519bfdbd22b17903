import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { baggageFrom } from '#kernel/telemetry/context/baggage.ts';
import {
  isTraceSampled,
  newTrace,
  newTraceId,
  nextSpan,
  siblingTrace,
  spanId,
  traceFrom,
  traceparent,
  traceStateFrom,
} from '#kernel/telemetry/context/trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const OWN = /^(?!0{32})[0-9a-f]{32}$/;

const from = (parent?: string, tracestate?: string, baggage?: string, keys: readonly string[] = []) =>
  traceFrom({ traceparent: parent, tracestate, baggage }, keys);

describe('ids', () => {
  test('of traces are never drawn twice, are well formed, and end in random bits', () => {
    const drawn = Array.from({ length: 20_000 }, newTraceId);
    expect(new Set(drawn).size).toBe(20_000);
    expect(drawn.every((id) => OWN.test(id))).toBe(true);
    const upper = drawn.filter((id) => Number.parseInt(id[18] as string, 16) >= 8).length;
    // Twelve deviations off: a counter in that place would have none, or all.
    expect(Math.abs(upper - 10_000)).toBeLessThan(850);
  });

  test('of spans differ', () => {
    const drawn = Array.from({ length: 1_000 }, () => spanId(nextSpan()));
    expect(new Set(drawn).size).toBe(1_000);
    for (const id of drawn) expect(id).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
  });
});

describe('traceparent', () => {
  test.each([
    [`00-${TRACE}-${SPAN}-01`, 1],
    [`00-${TRACE}-${SPAN}-00`, 0],
    [`00-${TRACE}-${SPAN}-03`, 3],
    // Bits that nobody knows are not passed on.
    [`00-${TRACE}-${SPAN}-ff`, 3],
    // A version to come: what we know of it stands where it does in ours.
    [`cc-${TRACE}-${SPAN}-01`, 1],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, 1],
  ])('%s is gone on with', (header, flags) => {
    const context = from(header);
    expect([context.traceId, context.parentId, context.flags]).toEqual([TRACE, SPAN, flags]);
    const sent = traceparent(context, nextSpan());
    expect(sent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-0${flags}$`));
    expect(sent).not.toContain(SPAN);
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
    `cc-${TRACE}-${SPAN}-01.what`,
    `cc-${TRACE}-${SPAN}-0`,
    ` 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\n`,
    // Two of them, as node:http joins them.
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  ])('%j is not believed, nor the tracestate beside it', (header) => {
    const context = from(header, 'a=1');
    expect(context.traceId).not.toBe(TRACE);
    expect(context.traceId).toMatch(OWN);
    expect([context.parentId, context.fields, isTraceSampled(context)]).toEqual([undefined, [], true]);
  });

  test('whatever comes, what goes out is valid', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (parent, state) => {
        const context = from(parent, state, state, ['a']);
        expect(traceparent(context, context.span)).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[0-3]$/);
      }),
    );
  });

  test('a request without any begins a trace that upstreams record', () => {
    const { parentId, flags, fields } = newTrace();
    expect([parentId, flags, fields]).toEqual([undefined, 1, []]);
  });
});

describe('tracestate', () => {
  test.each([
    ['congo=t61rcWkgMzE', 'congo=t61rcWkgMzE'],
    ['rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'],
    [' a=1 ,\t b=2 , ,', 'a=1,b=2'],
    ['tenant@system=x', 'tenant@system=x'],
    ['a=b c!~', 'a=b c!~'],
  ])('%j goes on as %j', (given, sent) => {
    expect(traceStateFrom(given)).toBe(sent);
    expect(from(`00-${TRACE}-${SPAN}-01`, given).fields).toEqual(['tracestate', sent]);
  });

  test.each([
    '',
    ',',
    'a',
    'a=',
    'A=1',
    'a=1,a=2',
    'a=1=2',
    'a=\u00e9',
    'a=1\r\nx-evil: 1',
    `${'k'.repeat(257)}=1`,
    `a=${'v'.repeat(257)}`,
    Array.from({ length: 33 }, (_, at) => `k${at}=1`).join(','),
  ])('%j does not', (given) => {
    expect(traceStateFrom(given)).toBeUndefined();
  });

  test('of a long one entire members go, the long ones first, then the last', () => {
    const members = Array.from({ length: 30 }, (_, at) => `k${at}=${'v'.repeat(20)}`);
    const long = `long=${'v'.repeat(200)}`;
    const sent = traceStateFrom([long, ...members].join(','))?.split(',') ?? [];
    expect(sent).toEqual(members.slice(0, sent.length));
    expect(sent.join(',').length).toBeLessThanOrEqual(512);
    expect(sent.length).toBeGreaterThan(15);
    expect(traceStateFrom(`${long},a=1`)).toBe(`${long},a=1`);
  });
});

describe('baggage', () => {
  const GIVEN = 'userId=alice,tenant=blue;ttl=3, region = eu%20west ,tenant-x=1';

  test.each([
    [[], undefined],
    [['tenant'], 'tenant=blue;ttl=3'],
    [['region', 'tenant'], 'tenant=blue;ttl=3,region = eu%20west'],
    [['nothing'], undefined],
  ])('of listed keys %j goes on', (keys, sent) => {
    expect(baggageFrom(GIVEN, keys)).toBe(sent);
    const context = from(undefined, undefined, GIVEN, keys);
    expect(context.fields).toEqual(sent ? ['baggage', sent] : []);
    // What a stream watches may be others' as well.
    expect(siblingTrace(context).fields).toEqual([]);
  });

  test.each(['tenant', 'tenant="x"', 'tenant=a b', 'tenant=1;p q', 'tenant=\u00e9', 'tenant=1\r\nx: y'])(
    'a member that is not well formed, %j, is left out',
    (member) => {
      expect(baggageFrom(`${member},region=eu`, ['tenant', 'region'])).toBe('region=eu');
    },
  );

  test('too much of it is none', () => {
    expect(baggageFrom(Array.from({ length: 65 }, () => 'tenant=1').join(','), ['tenant'])).toBeUndefined();
    expect(baggageFrom(`tenant=${'x'.repeat(9_000)}`, ['tenant'])).toBeUndefined();
  });
});
