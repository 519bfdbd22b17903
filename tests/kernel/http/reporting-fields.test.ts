import fc from 'fast-check';
import { type BareItem, parseDictionary, parseItem, parseList, Token } from 'structured-headers';
import { describe, expect, test } from 'vitest';
import type { SectionStatus } from '#kernel/base/section.ts';
import { type CacheOutcome, cacheStatus } from '#kernel/http/response/cache-status.ts';
import { sectionKey, sectionPath } from '#kernel/http/response/section-key.ts';
import { formatSectionStatus, parseSectionStatus } from '#kernel/http/response/section-status.ts';
import { serverTiming } from '#kernel/http/response/server-timing.ts';

describe('Cache-Status', () => {
  test.each<[CacheOutcome, string]>([
    [{ hit: true }, 'tributary; hit'],
    [{ hit: true, ttl: 30.9 }, 'tributary; hit; ttl=30'],
    [{ hit: true, ttl: -0.5 }, 'tributary; hit; ttl=-1'],
    [{ fwd: 'miss', stored: true }, 'tributary; fwd=miss; stored'],
    [{ fwd: 'stale', collapsed: true, stored: false }, 'tributary; fwd=stale; collapsed'],
    [{ fwd: 'bypass', detail: 'lane "x"' }, 'tributary; fwd=bypass; detail="lane \\"x\\""'],
    [{ fwd: 'bypass', detail: 'a\r\nSet-Cookie: b=é' }, 'tributary; fwd=bypass; detail="a??Set-Cookie: b=?"'],
    [{ hit: true, ttl: Number.POSITIVE_INFINITY }, 'tributary; hit'],
  ])('%o: %s', (outcome, text) => {
    expect(cacheStatus(outcome)).toBe(text);
  });

  test('is always a structured list of one token, and never has a key', () => {
    const outcome = fc.oneof(
      fc.record(
        { hit: fc.constant(true as const), ttl: fc.double(), detail: fc.string({ unit: 'binary' }) },
        { requiredKeys: ['hit'] },
      ),
      fc.record(
        {
          fwd: fc.constantFrom(
            'miss' as const,
            'stale' as const,
            'uri-miss' as const,
            'bypass' as const,
            'method' as const,
            'request' as const,
          ),
          stored: fc.boolean(),
          collapsed: fc.boolean(),
          detail: fc.string({ unit: 'binary' }),
          key: fc.string(),
        },
        { requiredKeys: ['fwd'] },
      ),
    );
    fc.assert(
      fc.property(outcome, (value) => {
        const [[name, parameters]] = parseList(cacheStatus(value)) as [[BareItem, Map<string, BareItem>]];
        expect(name).toEqual(new Token('tributary'));
        expect(parameters.has('key')).toBe(false);
        if ('fwd' in value) expect(parameters.get('fwd')).toEqual(new Token(value.fwd));
        else expect(parameters.get('hit')).toBe(true);
        expect(parameters.get('stored')).toBe(('stored' in value && value.stored) || undefined);
        expect(parameters.get('collapsed')).toBe(('collapsed' in value && value.collapsed) || undefined);
      }),
    );
  });
});

describe('Server-Timing', () => {
  test('writes names, milliseconds and words', () => {
    expect(
      serverTiming([
        { name: 'product', duration: 12.345, description: 'hit' },
        { name: 'related.prices', duration: 3 },
        { name: 'total' },
      ]),
    ).toBe('product;dur=12.3;desc="hit", related.prices;dur=3, total');
    expect(serverTiming([])).toBe('');
    expect(serverTiming([{ name: 'a b,c;"', duration: Number.NaN, description: 'x"\\\r\né' }])).toBe(
      'a-b-c--;desc="x\\"\\\\???"',
    );
    expect(serverTiming([{ name: '', duration: -1 }])).toBe('-;dur=0');
  });

  test('is bounded, whole and well formed whatever goes in', () => {
    const timing = fc.record({
      name: fc.string({ unit: 'binary', maxLength: 100 }),
      duration: fc.double(),
      description: fc.string({ unit: 'binary', maxLength: 100 }),
    });
    const entry = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:;dur=\d+(?:\.\d)?)?(?:;desc="(?:[ !#-[\]-~]|\\["\\])*")?$/;
    fc.assert(
      fc.property(fc.array(timing, { maxLength: 60 }), (timings) => {
        const text = serverTiming(timings);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2_048);
        const entries = text === '' ? [] : text.split(/, (?=(?:[^"\\]|\\.|"(?:[^"\\]|\\.)*")*$)/);
        expect(entries.length).toBeLessThanOrEqual(32);
        for (const one of entries) expect(one).toMatch(entry);
      }),
    );
    expect(serverTiming(Array.from({ length: 40 }, (_, i) => ({ name: `s${i}` }))).split(', ')).toHaveLength(32);
    const long = serverTiming(
      Array.from({ length: 32 }, () => ({ name: 'x'.repeat(200), description: 'y'.repeat(200) })),
    );
    expect(long.length).toBeGreaterThan(1_500);
    expect(long.length).toBeLessThanOrEqual(2_048);
    expect(long.split(', ').every((one) => entry.test(one))).toBe(true);
  });
});

const path = fc.oneof(
  fc.stringMatching(/^[a-z][A-Za-z0-9]{0,6}(\.[a-z][A-Za-z0-9]{0,6}){0,2}$/),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('__proto__', 'constructor', '', 'a-b', 'a_2d_b', '*x', 'ABTest', '0'),
);
const instant = fc
  .integer({ min: -62_135_596_800, max: 253_402_300_799 })
  .map((seconds) => new Date(seconds * 1_000).toISOString());
const status: fc.Arbitrary<SectionStatus> = fc
  .record({
    state: fc.constantFrom('pending' as const, 'stale' as const, 'fallback' as const, 'missing' as const),
    reason: fc.constantFrom(
      'timeout' as const,
      'unavailable' as const,
      'open' as const,
      'contract' as const,
      'not-found' as const,
    ),
    since: fc.option(instant, { nil: undefined }),
  })
  .map(({ state, reason, since }) => (since === undefined ? { state, reason } : { state, reason, since }));
const statuses = fc.array(fc.tuple(path, status), { maxLength: 6 }).map((entries): Record<string, SectionStatus> => {
  const record = Object.create(null);
  for (const [key, value] of entries) record[key] = value;
  return record;
});

describe('Section-Status', () => {
  test('reads as designed', () => {
    expect(
      formatSectionStatus({
        relatedItems: { state: 'stale', reason: 'timeout', since: '2022-08-04T01:57:18.900Z' },
        'related.prices': { state: 'missing', reason: 'not-found' },
      }),
    ).toBe('related-items=stale;reason=timeout;since=@1659578238, related.prices=missing;reason=not-found');
    expect(formatSectionStatus({ a: { state: 'stale', reason: 'open', since: 'yesterday' } })).toBe(
      'a=stale;reason=open',
    );
    expect(formatSectionStatus({})).toBe('');
    expect(sectionKey('related.relatedItems2')).toBe('related.related-items2');
    expect(sectionPath('related.related-items2')).toBe('related.relatedItems2');
  });

  test('every path has a key of its own, which is an RFC 9651 key', () => {
    fc.assert(
      fc.property(path, (text) => {
        expect(sectionKey(text)).toMatch(/^[a-z*][a-z0-9_.*-]*$/);
        expect(sectionPath(sectionKey(text))).toBe(text);
      }),
      { numRuns: 3_000 },
    );
  });

  test('comes back', () => {
    fc.assert(
      fc.property(statuses, (value) => {
        expect(parseSectionStatus(formatSectionStatus(value))).toEqual(value);
      }),
      { numRuns: 1_000 },
    );
    expect(({} as Record<string, unknown>).state).toBeUndefined();
  });

  test('is what the structured-headers package reads', () => {
    // That package (2.1.0) refuses a Date that anything follows, so each member goes to it alone, and a date as an item.
    fc.assert(
      fc.property(statuses, (value) => {
        const text = formatSectionStatus(value);
        const members = text === '' ? [] : text.split(', ');
        expect(members).toHaveLength(Object.keys(value).length);
        Object.keys(value).forEach((name, index) => {
          const { state, reason, since } = value[name] as SectionStatus;
          const [key, [item, parameters]] = [...parseDictionary(members[index] as string)][0] as [
            string,
            [BareItem, Map<string, BareItem>],
          ];
          expect(key).toBe(sectionKey(name));
          expect(item).toEqual(new Token(state));
          expect(parameters.get('reason')).toEqual(new Token(reason ?? ''));
          expect((parameters.get('since') as Date | undefined)?.toISOString()).toBe(since);
        });
        expect(() => parseDictionary(text.replaceAll(/;since=@-?\d+/g, ''))).not.toThrow();
      }),
    );
    expect(parseItem('@1659578233')[0]).toEqual(new Date(1_659_578_233_000));
  });

  test.each([
    ['', {}],
    ['a=stale;reason=open', { a: { state: 'stale', reason: 'open' } }],
    ['a=stale;reason=open, a=missing;reason=timeout', { a: { state: 'missing', reason: 'timeout' } }],
    ['a=stale;reason=open, a=odd;reason=open', {}],
    ['a=stale;reason=open,\tb=odd;reason=open', { a: { state: 'stale', reason: 'open' } }],
    ['a=stale ; reason=open;new="x,y;z"', { a: { state: 'stale', reason: 'open' } }],
    ['a=stale;reason=open;since=@99999999999999', { a: { state: 'stale', reason: 'open' } }],
    ['a=stale', {}],
    ['a;reason=open', {}],
    ['a="stale";reason=open', {}],
    ['A=stale;reason=open', undefined],
    ['=stale', undefined],
    ['a=stale;Reason=open', undefined],
  ])('parse %s', (text, expected) => {
    expect(parseSectionStatus(text)).toEqual(expected);
  });
});
