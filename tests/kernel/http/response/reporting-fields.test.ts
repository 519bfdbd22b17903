import fc from 'fast-check';
import { type BareItem, parseDictionary, parseItem, parseList, Token } from 'structured-headers';
import { describe, expect, test } from 'vitest';
import type { SectionStatus } from '#kernel/base/section.ts';
import {
  type CacheOutcome,
  cacheStatus,
  formatSectionStatus,
  sectionKey,
  serverTiming,
} from '#kernel/http/response/status-fields.ts';
import { runs } from '#tests/support/long.ts';

describe('Cache-Status', () => {
  test.each<[CacheOutcome, string]>([
    [{ fwd: 'miss', stored: true, collapsed: false, tooLarge: false }, 'tributary; fwd=miss; stored'],
    [{ fwd: 'miss', stored: true, collapsed: true, tooLarge: false }, 'tributary; fwd=miss; stored; collapsed'],
    [{ fwd: 'bypass', stored: false, collapsed: false, tooLarge: false }, 'tributary; fwd=bypass'],
    [
      { fwd: 'miss', stored: false, collapsed: true, tooLarge: true },
      'tributary; fwd=miss; collapsed; detail=too-large',
    ],
  ])('%o: %s', (outcome, text) => {
    expect(cacheStatus(outcome)).toBe(text);
    const [[name, parameters]] = parseList(text) as [[BareItem, Map<string, BareItem>]];
    expect(name).toEqual(new Token('tributary'));
    expect(parameters.get('fwd')).toEqual(new Token(outcome.fwd));
    expect([parameters.get('stored') ?? false, parameters.get('collapsed') ?? false]).toEqual([
      outcome.stored,
      outcome.collapsed,
    ]);
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

  test('is bounded, complete and well formed whatever goes in', () => {
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
  });

  test('every path has a key of its own, which is an RFC 9651 key', () => {
    fc.assert(
      fc.property(path, path, (text, other) => {
        expect(sectionKey(text)).toMatch(/^[a-z*][a-z0-9_.*-]*$/);
        expect(sectionKey(text) === sectionKey(other)).toBe(text === other);
      }),
      { numRuns: runs(3_000) },
    );
    const alike = ['aB', 'a-b', 'a_2d_b', 'a-', '*x', 'X', 'ABTest', 'abTest', '-x', '_78_', '0', '', 'x'];
    expect(new Set(alike.map(sectionKey)).size).toBe(alike.length);
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
});
