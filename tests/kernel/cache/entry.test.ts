import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PUBLIC, userScope } from '#kernel/base/scope.ts';
import { type Entry, entryOf, missingEntry, stateOf } from '#kernel/cache/entry.ts';
import { type CachePolicy, cache } from '#kernel/cache/policy.ts';
import { createTagTable, purgeTags, type TagTable } from '#kernel/cache/tags.ts';

interface Lives {
  readonly fresh: number;
  readonly stale: number;
  readonly staleIfError: number;
}

const life = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60_000 }));
const lives = fc.record({ fresh: fc.integer({ min: 1, max: 60_000 }), stale: life, staleIfError: life });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const policyOf = ({ fresh, stale, staleIfError }: Lives): CachePolicy<unknown> =>
  cache.for(`${fresh}ms`).staleFor(`${stale}ms`).staleOnError(`${staleIfError}ms`).tagged('t', 'u');

function stored(policy: CachePolicy<unknown>, table: TagTable, at: number, draw: number, began = at): Entry {
  return entryOf(policy, { value: 1, sequence: table.sequence, began }, { table, now: at, random: draw });
}

describe('an entry that a user has made old by a write', () => {
  const ada = userScope('https://issuer.test', 'ada');
  const bo = userScope('https://issuer.test', 'bo');
  const policy = cache.for('1m').staleOnError('1d').tagged('t');

  test('is never shown to them again, nor for a while to readers that are anonymous', () => {
    const table = createTagTable();
    const entry = stored(policy, table, 0, 0);
    purgeTags(table, ['t'], 10, ada);
    expect(stateOf(entry, table, 20, ada)).toBe('dead');
    expect(stateOf(entry, table, 20, bo)).toBe('stale-if-error');
    expect(stateOf(entry, table, 20, PUBLIC)).toBe('dead');
    expect(stateOf(entry, table, 10 + 5 * 60_000, PUBLIC)).toBe('stale-if-error');
    expect(stateOf(entry, table, 10 + 5 * 60_000, ada)).toBe('dead');
  });

  test('is still there for everybody where a webhook has made it old', () => {
    const table = createTagTable();
    const entry = stored(policy, table, 0, 0);
    purgeTags(table, ['t'], 10);
    expect(stateOf(entry, table, 20, PUBLIC)).toBe('stale-if-error');
  });
});

describe('an entry over time', () => {
  test('is fresh, then stale, then for errors alone, then dead, as long as its policy says', () => {
    fc.assert(
      fc.property(lives, fc.nat(1e6), fc.nat(130_000), (policy, at, age) => {
        const table = createTagTable();
        const entry = stored(policyOf(policy), table, at, 0);
        const beyond = age - policy.fresh;
        const expected =
          beyond < 0
            ? 'fresh'
            : beyond < policy.stale
              ? 'stale'
              : beyond < policy.staleIfError
                ? 'stale-if-error'
                : 'dead';
        expect(stateOf(entry, table, at + age)).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  test('never gets better with time', () => {
    const order = ['fresh', 'stale', 'stale-if-error', 'dead'];
    fc.assert(
      fc.property(lives, random, fc.array(fc.nat(130_000), { maxLength: 10 }), (policy, draw, ages) => {
        const table = createTagTable();
        const entry = stored(policyOf(policy), table, 0, draw);
        const seen = ages.sort((a, b) => a - b).map((age) => order.indexOf(stateOf(entry, table, age)));
        expect(seen).toEqual([...seen].sort());
      }),
    );
  });

  test('is for errors alone once one of its tags is purged, fresh and stale as it may be, and dead when that ends', () => {
    fc.assert(
      fc.property(lives, fc.constantFrom('t', 'u'), fc.nat(130_000), (policy, tag, age) => {
        const table = createTagTable();
        const entry = stored(policyOf(policy), table, 0, 0);
        purgeTags(table, [tag], 1);
        expect(stateOf(entry, table, age)).toBe(age < policy.fresh + policy.staleIfError ? 'stale-if-error' : 'dead');
      }),
    );
  });

  test('does not care for purges of other tags, nor for those before its fetch began', () => {
    const table = createTagTable();
    purgeTags(table, ['t'], 0);
    const entry = stored(policyOf({ fresh: 60_000, stale: 0, staleIfError: 0 }), table, 10_000, 0);
    purgeTags(table, ['other'], 10_001);
    expect(stateOf(entry, table, 60_000)).toBe('fresh');
  });

  test('of a value that carries its own tags goes with them', () => {
    const policy = cache.for('60s').tagged((list: readonly string[]) => list.map((id) => `product:${id}`));
    const table = createTagTable();
    const entry = entryOf(policy, { value: ['a', 'b'], sequence: 0, began: 0 }, { table, now: 0, random: 0 });
    expect(entry.tags).toEqual(['product:a', 'product:b']);
    expect(stateOf(entry, table, 2)).toBe('fresh');
    purgeTags(table, ['product:b'], 1);
    expect(stateOf(entry, table, 2)).toBe('stale-if-error');
    expect(stateOf(entry, table, 60_000)).toBe('dead');
  });
});

describe('jitter', () => {
  test('only shortens, and by 10 % at most', () => {
    fc.assert(
      fc.property(lives, random, (policy, draw) => {
        const entry = stored(policyOf(policy), createTagTable(), 0, draw);
        expect(entry.freshUntil).toBeLessThanOrEqual(policy.fresh);
        expect(entry.freshUntil).toBeGreaterThan(policy.fresh * 0.9 - 1e-6);
      }),
    );
  });

  test('makes lives end apart', () => {
    const policy = policyOf({ fresh: 60_000, stale: 0, staleIfError: 0 });
    const ends = [0, 0.25, 0.5, 0.75].map((draw) => stored(policy, createTagTable(), 0, draw).freshUntil);
    expect(new Set(ends).size).toBe(4);
  });
});

describe('a value fetched soon after a purge', () => {
  test('is fresh for a second at most and never stale, since replicas lag; what it is for errors stays', () => {
    fc.assert(
      fc.property(lives, random, fc.integer({ min: 0, max: 10_000 }), fc.nat(500), (policy, draw, wait, took) => {
        const table = createTagTable();
        purgeTags(table, ['t'], 1_000);
        const began = 1_000 + wait;
        const entry = stored(policyOf(policy), table, began + took, draw, began);
        const fresh = entry.freshUntil - (began + took);
        const jittered = policy.fresh * (1 - 0.1 * draw);
        if (wait < 5_000) {
          expect(fresh).toBeCloseTo(Math.min(jittered, 1_000), 6);
          expect(stateOf(entry, table, entry.freshUntil + 0.001)).not.toBe('stale');
        } else {
          expect(fresh).toBeCloseTo(jittered, 6);
          expect(entry.staleUntil - entry.freshUntil).toBeCloseTo(policy.stale, 6);
        }
        expect(entry.staleIfErrorUntil - entry.freshUntil).toBeCloseTo(policy.staleIfError, 6);
      }),
    );
  });

  test('counts as such also when the purge came while it was on its way', () => {
    const table = createTagTable();
    purgeTags(table, ['t'], 1_000);
    const entry = stored(policyOf({ fresh: 60_000, stale: 60_000, staleIfError: 0 }), table, 1_100, 0, 900);
    expect(entry.freshUntil).toBe(2_100);
    expect(entry.staleUntil).toBe(2_100);
  });
});

describe('a missing thing', () => {
  test('is remembered for ten seconds at most, and is never stale, not even for errors', () => {
    fc.assert(
      fc.property(lives, random, fc.nat(70_000), fc.boolean(), (policy, draw, age, purged) => {
        const table = createTagTable();
        const fetched = { value: undefined, sequence: 0, began: 0 };
        const entry = missingEntry(policyOf(policy), ['t'], fetched, { table, now: 0, random: draw });
        if (purged) purgeTags(table, ['t'], 1);
        const state = stateOf(entry, table, age);
        const fresh = Math.min(policy.fresh, 10_000);
        expect(['fresh', 'dead']).toContain(state);
        if (purged || age >= fresh) expect(state).toBe('dead');
        else if (age < fresh * 0.9) expect(state).toBe('fresh');
      }),
    );
  });
});
