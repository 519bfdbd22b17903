import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTagTable, isPurged, purgeTags, sincePurge } from '#kernel/cache/tags.ts';
import { runs } from '#tests/support/long.ts';

const tag = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const tagsOf = fc.array(tag, { maxLength: 4 });

describe('the tag table', () => {
  test('counts purges up, one by one, whatever they name', () => {
    const table = createTagTable();
    expect([purgeTags(table, ['a'], 1), purgeTags(table, [], 2), purgeTags(table, ['a', 'b'], 3)]).toEqual([1, 2, 3]);
    expect(table.sequence).toBe(3);
  });

  test('knows exactly what was purged since, as long as it need forget nothing', () => {
    fc.assert(
      fc.property(fc.array(tagsOf, { maxLength: 20 }), tagsOf, fc.nat(20), (purges, held, at) => {
        const table = createTagTable();
        for (const [index, tags] of purges.entries()) purgeTags(table, tags, index);
        const sequence = Math.min(at, purges.length);
        const expected = purges.slice(sequence).some((tags) => tags.some((name) => held.includes(name)));
        expect(isPurged(table, held, sequence)).toBe(expected);
      }),
      { numRuns: runs(1_000) },
    );
  });

  test('is bounded, and what it forgot counts as purged: never the reverse', () => {
    fc.assert(
      fc.property(
        fc.array(tagsOf, { maxLength: 30 }),
        tagsOf,
        fc.nat(30),
        fc.integer({ min: 1, max: 5 }),
        (purges, held, at, capacity) => {
          const table = createTagTable();
          for (const [index, tags] of purges.entries()) {
            purgeTags(table, tags, index, undefined, capacity);
            expect(table.purges.size).toBeLessThanOrEqual(capacity);
          }
          const sequence = Math.min(at, purges.length);
          const truth = purges.slice(sequence).some((tags) => tags.some((name) => held.includes(name)));
          if (truth) expect(isPurged(table, held, sequence)).toBe(true);
        },
      ),
      { numRuns: runs(2_000) },
    );
  });

  test('forgets the purge that is longest ago, and keeps exact account of the rest', () => {
    const table = createTagTable();
    purgeTags(table, ['a'], 1, undefined, 2);
    purgeTags(table, ['b'], 2, undefined, 2);
    purgeTags(table, ['a'], 3, undefined, 2);
    purgeTags(table, ['c'], 4, undefined, 2);
    expect([...table.purges.keys()]).toEqual(['a', 'c']);
    expect(table.floor).toBe(2);
    expect(isPurged(table, ['b'], 1)).toBe(true);
    expect(isPurged(table, ['b'], 2)).toBe(false);
    expect(isPurged(table, ['a'], 3)).toBe(false);
  });

  test('knows how long ago the latest purge of any of these tags was', () => {
    const table = createTagTable();
    expect(sincePurge(table, ['a'], 10)).toBe(Number.POSITIVE_INFINITY);
    purgeTags(table, ['a'], 10);
    purgeTags(table, ['b'], 30);
    expect(sincePurge(table, ['a', 'b', 'c'], 40)).toBe(10);
    expect(sincePurge(table, ['a'], 40)).toBe(30);
    expect(sincePurge(table, [], 40)).toBe(Number.POSITIVE_INFINITY);
  });
});
