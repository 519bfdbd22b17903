import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CachedResponse, createResponseCache, isServable, storeResponse } from '#kernel/cache/cached-response.ts';
import { addEntry, createDependencies, lifeOf } from '#kernel/cache/dependencies.ts';
import { type Entry, entryOf } from '#kernel/cache/entry.ts';
import { cache } from '#kernel/cache/policy.ts';
import { createTagTable, purgeTags } from '#kernel/cache/tags.ts';
import { runs } from '#tests/support/long.ts';

const form = (bytes: number): CachedResponse['identity'] => ({
  bytes: new Uint8Array(bytes),
  etag: '"x"',
  head: [],
  unchanged: [],
});

const compositeOf = (more: Partial<CachedResponse> = {}): CachedResponse => ({
  operation: 'x',
  by: 'r-1',
  freshUntil: 1_000,
  sequence: 0,
  tags: ['a', 'b'],
  provisional: false,
  checked: 0,
  hits: 0,
  identity: form(10),
  ...more,
});

const entryAt = (fresh: number, names: readonly string[], sequence: number): Entry =>
  entryOf(
    cache.for(`${fresh}ms`).tagged(...names),
    { value: 1, sequence, began: 0 },
    { table: createTagTable(), now: 0, random: 0 },
  );

const tags = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 });
const step = fc.oneof(
  tags.map((names) => ({ purge: names })),
  fc.nat(300).map((wait) => ({ wait })),
  fc.constant('ask' as const),
);

describe('a composite', () => {
  test('is servable until its time is up and until one of its tags is purged, however often it was asked before', () => {
    fc.assert(
      fc.property(tags, tags, fc.array(step, { maxLength: 25 }), (held, before, steps) => {
        const table = createTagTable();
        purgeTags(table, before, 0);
        const composite = compositeOf({ tags: held, sequence: table.sequence, checked: table.sequence });
        let now = 0;
        let purged = false;
        for (const what of [...steps, 'ask' as const]) {
          if (what === 'ask') expect(isServable(composite, table, now)).toBe(!purged && now < 1_000);
          else if ('wait' in what) now += what.wait;
          else {
            purgeTags(table, what.purge, now);
            purged ||= what.purge.some((name) => held.includes(name));
          }
        }
      }),
      { numRuns: runs(1_000) },
    );
  });

  test('once purged, never comes back', () => {
    const table = createTagTable();
    const composite = compositeOf();
    purgeTags(table, ['a'], 1);
    expect(isServable(composite, table, 2)).toBe(false);
    purgeTags(table, ['other'], 3);
    expect(isServable(composite, table, 4)).toBe(false);
  });

  test('walks its tags once after a purge of anything, and not again until the next', () => {
    const table = createTagTable();
    const composite = compositeOf();
    for (const name of ['other', 'another']) {
      purgeTags(table, [name], 1);
      expect(isServable(composite, table, 2)).toBe(true);
      expect(composite.checked).toBe(table.sequence);
    }
  });
});

describe('the life of what was made of reads', () => {
  const lives = fc.array(fc.tuple(fc.integer({ min: 1, max: 90_000 }), tags, tags), { maxLength: 6 });

  test('ends with the first of them and with a purge of any tag, and is none where one was purged meanwhile', () => {
    fc.assert(
      fc.property(lives, tags, (list, last) => {
        const table = createTagTable();
        const reads = createDependencies();
        const purged: (readonly string[])[] = [];
        for (const [fresh, names, before] of list) {
          addEntry(reads, entryAt(fresh, names, table.sequence));
          purgeTags(table, before, 0);
          purged.push(before);
        }
        purgeTags(table, last, 0);
        purged.push(last);
        const isOld = list.some(([, names], index) =>
          purged
            .slice(index)
            .flat()
            .some((name) => new Set<string>(names).has(name)),
        );
        const life = lifeOf(reads, table);
        if (isOld || list.length === 0) {
          expect(life).toBeUndefined();
          return;
        }
        expect(life?.freshUntil).toBe(Math.min(...list.map(([fresh]) => fresh)));
        expect([...(life?.tags ?? [])].sort()).toEqual([...new Set(list.flatMap(([, names]) => names))].sort());
        for (const name of ['a', 'b', 'c', 'd'] as const) {
          const later = createTagTable();
          later.sequence = table.sequence;
          purgeTags(later, [name], 1);
          const composite = compositeOf({ ...life, freshUntil: 2, checked: life?.sequence ?? 0 });
          expect(isServable(composite, later, 1)).toBe(!new Set(composite.tags).has(name));
        }
      }),
      { numRuns: runs(500) },
    );
  });

  test('is none where anything must not be kept', () => {
    const reads = createDependencies();
    addEntry(reads, entryAt(1_000, ['a'], 0));
    expect(lifeOf(reads, createTagTable())).toMatchObject({ freshUntil: 1_000, tags: ['a'] });
    reads.storable = false;
    expect(lifeOf(reads, createTagTable())).toBeUndefined();
  });
});

describe('the cache of composites', () => {
  test('is bounded by bytes, coded forms included', () => {
    const kept = createResponseCache(100_000);
    for (let number = 0; number < 200; number++)
      storeResponse(kept, `key ${number}`, compositeOf({ identity: form(5_000) }));
    expect(kept.calculatedSize).toBeLessThanOrEqual(100_000);
    expect(kept.size).toBeGreaterThan(5);
    const grown = compositeOf({ identity: form(5_000), br: form(3_000), gzip: form(3_000) });
    for (const key of kept.keys()) storeResponse(kept, key, grown);
    expect(kept.calculatedSize).toBeGreaterThanOrEqual(kept.size * 11_000);
    expect(kept.calculatedSize).toBeLessThanOrEqual(100_000);
  });

  test('takes any number of bytes as its bound', () => {
    expect(() => createResponseCache(1_000_001 * 0.25)).not.toThrow();
  });
});
