import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Composite, createCompositeCache, isServable, storeComposite } from '#kernel/cache/composite.ts';
import { entryOf } from '#kernel/cache/entry.ts';
import { cache } from '#kernel/cache/policy.ts';
import { createReads, lifeOf, noteRead } from '#kernel/cache/reads.ts';
import { createTagTable, purge } from '#kernel/cache/tags.ts';

const form = (bytes: number): Composite['identity'] => ({
  bytes: new Uint8Array(bytes),
  etag: '"x"',
  head: [],
  unchanged: [],
});

const compositeOf = (more: Partial<Composite> = {}): Composite => ({
  operation: 'x',
  freshUntil: 1_000,
  sequence: 0,
  tags: ['a', 'b'],
  checked: 0,
  hits: 0,
  identity: form(10),
  ...more,
});

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
        purge(table, before, 0);
        const composite = compositeOf({ tags: held, sequence: table.sequence, checked: table.sequence });
        let now = 0;
        let purged = false;
        for (const what of [...steps, 'ask' as const]) {
          if (what === 'ask') expect(isServable(composite, table, now)).toBe(!purged && now < 1_000);
          else if ('wait' in what) now += what.wait;
          else {
            purge(table, what.purge, now);
            purged ||= what.purge.some((name) => held.includes(name));
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('once purged, never comes back', () => {
    const table = createTagTable();
    const composite = compositeOf();
    purge(table, ['a'], 1);
    expect(isServable(composite, table, 2)).toBe(false);
    purge(table, ['other'], 3);
    expect(isServable(composite, table, 4)).toBe(false);
  });

  test('takes its life from what was read: the earliest end, every tag, and none once any of it is purged', () => {
    const lives = fc.array(fc.tuple(fc.integer({ min: 1, max: 90_000 }), tags), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(lives, tags, tags, (reads, before, meanwhile) => {
        const table = createTagTable();
        purge(table, before, -60_000);
        const noted = createReads();
        for (const [fresh, names] of reads) {
          const policy = cache.for(`${fresh}ms`).tagged(...names);
          noteRead(noted, entryOf(policy, { value: 1, sequence: table.sequence, began: 0 }, table, 0, 0));
        }
        purge(table, meanwhile, 1);
        const held = [...new Set(reads.flatMap(([, names]) => names))];
        const life = lifeOf(noted, table);
        if (meanwhile.some((name) => held.includes(name))) expect(life).toBeUndefined();
        else {
          expect(life?.freshUntil).toBe(Math.min(...reads.map(([fresh]) => fresh)));
          expect(life?.sequence).toBe(table.sequence);
          expect([...(life?.tags ?? [])].sort()).toEqual(held.sort());
        }
      }),
    );
  });

  test('has no life where something in it could not be kept', () => {
    const noted = createReads();
    expect(lifeOf(noted, createTagTable())).toBeUndefined();
    noteRead(noted, entryOf(cache.for('1s'), { value: 1, sequence: 0, began: 0 }, createTagTable(), 0, 0));
    noted.storable = false;
    expect(lifeOf(noted, createTagTable())).toBeUndefined();
  });
});

describe('the cache of composites', () => {
  test('is bounded by bytes, coded forms included', () => {
    const kept = createCompositeCache(100_000);
    for (let number = 0; number < 200; number++)
      storeComposite(kept, `key ${number}`, compositeOf({ identity: form(5_000) }));
    expect(kept.calculatedSize).toBeLessThanOrEqual(100_000);
    expect(kept.size).toBeGreaterThan(5);
    const grown = compositeOf({ identity: form(5_000), br: form(3_000), gzip: form(3_000) });
    for (const key of kept.keys()) storeComposite(kept, key, grown);
    expect(kept.calculatedSize).toBeGreaterThanOrEqual(kept.size * 11_000);
    expect(kept.calculatedSize).toBeLessThanOrEqual(100_000);
  });

  test('takes any number of bytes as its bound', () => {
    expect(() => createCompositeCache(1_000_001 * 0.25)).not.toThrow();
  });
});
