import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entryOf, missingEntry, stateOf } from '#kernel/cache/entry.ts';
import { cache } from '#kernel/cache/policy.ts';
import { createTagTable } from '#kernel/cache/tags.ts';
import { type Fields, upstreamFreshness } from '#kernel/cache/upstream-freshness.ts';

const WALL = Date.UTC(2026, 10, 30, 12);
const at = (seconds: number) => new Date(WALL + seconds * 1_000).toUTCString();
const read = (fields: Fields, isPrivate = false) =>
  upstreamFreshness(fields, isPrivate, { began: 0, now: 0, wall: WALL });
const fresh = (fields: Fields, isPrivate = false) => read(fields, isPrivate).fresh;

describe('how long an upstream lets its answer be used (RFC 9111 §4.2)', () => {
  test.each([
    ['nothing is said', {}, undefined],
    ['max-age', { 'cache-control': 'max-age=60' }, 60_000],
    ['in quotes, in capitals, in two lines', { 'cache-control': ['public', 'Max-Age="60"'] }, 60_000],
    ['s-maxage goes before max-age', { 'cache-control': 'max-age=60, s-maxage=10' }, 10_000],
    ['max-age goes before Expires', { 'cache-control': 'max-age=60', date: at(0), expires: at(5) }, 60_000],
    ['Expires from Date on', { date: at(0), expires: at(30) }, 30_000],
    ['Expires without Date', { expires: at(30) }, 30_000],
    ['Expires that is no date', { expires: '0' }, 0],
    ['Expires that is past', { date: at(0), expires: at(-30) }, 0],
    ['less its age', { 'cache-control': 'max-age=60', age: '45' }, 15_000],
    ['older than it may be', { 'cache-control': 'max-age=60', age: '90' }, 0],
    ['an age that is none', { 'cache-control': 'max-age=60', age: 'old' }, 0],
    ['less what it lay somewhere, by its Date', { 'cache-control': 'max-age=60', date: at(-20) }, 40_000],
    ['a Date ahead of us', { 'cache-control': 'max-age=60', date: at(20) }, 60_000],
    ['a number that is none', { 'cache-control': 'max-age=soon' }, 0],
    ['a negative one', { 'cache-control': 'max-age=-1' }, 0],
    ['the smaller of two', { 'cache-control': 'max-age=60, max-age=5' }, 5_000],
    ['no-cache', { 'cache-control': 'no-cache, max-age=60' }, 0],
    ['a name within another', { 'cache-control': 'x-max-age=5, max-age=60' }, 60_000],
  ] as const)('%s', (_, fields, milliseconds) => expect(fresh(fields)).toBe(milliseconds));

  test('for one principal alone, what is said to shared caches does not count', () => {
    const fields = { 'cache-control': 'private, max-age=60, s-maxage=0, proxy-revalidate' };
    expect(read(fields, true)).toEqual({ fresh: 60_000, noStale: false, refusal: undefined });
    expect(read(fields, false)).toEqual({ fresh: 0, noStale: true, refusal: 'private' });
  });

  test.each([
    ['no-store', 'no-store'],
    ['max-age=60, No-Store', 'no-store'],
    ['private', 'private'],
    ['private="set-cookie"', 'private'],
    ['max-age=60', undefined],
  ])('%s: stored or not', (field, refusal) => expect(read({ 'cache-control': field }).refusal).toBe(refusal));

  test.each([
    ['Accept-Encoding', undefined],
    ['Accept, Authorization', undefined],
    ['*', 'vary'],
    ['Accept, X-Request-Id', 'vary'],
    ['x-request-idea', undefined],
  ])('Vary: %s', (vary, refusal) => expect(read({ vary }).refusal).toBe(refusal));

  test.each(['must-revalidate', 'proxy-revalidate', 's-maxage=60', 'no-cache'])(
    '%s: not stale, whatever fails',
    (word) => expect(read({ 'cache-control': word }).noStale).toBe(true),
  );
});

const seconds = fc.integer({ min: 0, max: 100_000 });
const directive = fc.oneof(
  seconds.map((value) => `max-age=${value}`),
  seconds.map((value) => `s-maxage=${value}`),
  fc.constantFrom('public', 'no-cache', 'must-revalidate', 'max-age=soon', 'immutable', ''),
);

test('an entry is never fresh for longer than either allows, and never lives longer than ours', () => {
  const ours = fc.record({ fresh: seconds, stale: seconds, staleIfError: seconds });
  const theirs = fc.record({
    control: fc.array(directive, { maxLength: 4 }),
    age: fc.option(seconds, { nil: undefined }),
    date: fc.option(fc.integer({ min: -5_000, max: 5_000 }), { nil: undefined }),
    expires: fc.option(fc.integer({ min: -5_000, max: 100_000 }), { nil: undefined }),
  });
  const table = createTagTable();
  fc.assert(
    fc.property(
      ours,
      theirs,
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      fc.boolean(),
      (own, said, random, missing) => {
        const fields = {
          'cache-control': said.control.join(', '),
          ...(said.age !== undefined && { age: String(said.age) }),
          ...(said.date !== undefined && { date: at(said.date) }),
          ...(said.expires !== undefined && { expires: at(said.expires) }),
        };
        const now = 1_000_000;
        const bound = upstreamFreshness(fields, false, { began: now, now, wall: WALL });
        const policy = cache.for(`${own.fresh}s`).staleFor(`${own.stale}s`).staleOnError(`${own.staleIfError}s`);
        const [moment, without] = [
          { table, now, random, bound },
          { table, now, random },
        ];
        const fetched = { value: undefined, sequence: 0, began: now };
        const make = (when: typeof without) =>
          missing ? missingEntry(policy, [], fetched, when) : entryOf(policy, fetched, when, []);
        const [entry, unbounded] = [make(moment), make(without)];
        expect(entry.freshUntil).toBeLessThanOrEqual(unbounded.freshUntil);
        expect(entry.staleUntil).toBeLessThanOrEqual(unbounded.staleUntil);
        expect(entry.staleIfErrorUntil).toBeLessThanOrEqual(unbounded.staleIfErrorUntil);
        const allowed = limit(said) ?? Number.POSITIVE_INFINITY;
        expect(entry.freshUntil - now).toBeLessThanOrEqual(Math.min(own.fresh, allowed) * 1_000);
        if (Number.isFinite(allowed)) expect(stateOf(entry, table, now + allowed * 1_000)).not.toBe('fresh');
      },
    ),
  );
});

/** Seconds that are allowed, by another reading of the RFC: each rule by itself, the strictest counts. */
function limit(said: {
  control: string[];
  age: number | undefined;
  date: number | undefined;
  expires: number | undefined;
}) {
  const { control, age = 0, date, expires } = said;
  if (control.includes('no-cache')) return 0;
  const of = (name: string) =>
    control.flatMap((one) => {
      const [key, value] = one.split('=');
      return key === name ? [/^\d+$/.test(value ?? '') ? Number(value) : 0] : [];
    });
  const [shared, own] = [of('s-maxage'), of('max-age')];
  const lifetime =
    shared.length > 0
      ? Math.min(...shared)
      : own.length > 0
        ? Math.min(...own)
        : expires === undefined
          ? undefined
          : expires - (date ?? 0);
  return lifetime === undefined ? undefined : Math.max(0, lifetime - Math.max(age, -(date ?? 0)));
}
