import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCallCache, type Entry, entryOf, storeEntry } from '#kernel/cache/entry.ts';
import { cache, fixedTags, tagsOf } from '#kernel/cache/policy.ts';
import { createTagTable } from '#kernel/cache/tags.ts';

const entry = (): Entry =>
  entryOf(cache.for('60s'), { value: {}, sequence: 0, began: 0 }, { table: createTagTable(), now: 0, random: 0 });

describe('the cache of calls', () => {
  test('never holds more than its bytes, keys and overhead counted', () => {
    const sizes = fc.array(fc.tuple(fc.nat(40), fc.nat(20_000)), { maxLength: 200 });
    fc.assert(
      fc.property(sizes, (stores) => {
        const calls = createCallCache(200_000);
        const held = new Map<string, number>();
        for (const [key, bytes] of stores) {
          storeEntry(calls, `key ${key}`, entry(), bytes);
          held.set(`key ${key}`, bytes);
          expect(calls.calculatedSize).toBeLessThanOrEqual(200_000);
          const json = [...calls.keys()].reduce((sum, name) => sum + (held.get(name) ?? 0), 0);
          expect(json).toBeLessThanOrEqual(calls.calculatedSize);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('keeps nothing that would push out everything else, nor what it held under the same key', () => {
    const calls = createCallCache(100_000);
    storeEntry(calls, 'a', entry(), 10);
    storeEntry(calls, 'b', entry(), 10);
    storeEntry(calls, 'a', entry(), 50_000);
    expect(calls.has('a')).toBe(false);
    expect(calls.has('b')).toBe(true);
  });

  test('lets go what was not used for longest', () => {
    const calls = createCallCache(40_000);
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) storeEntry(calls, key, entry(), 1_000);
    calls.get('a');
    for (const key of ['g', 'h', 'i', 'j']) storeEntry(calls, key, entry(), 1_000);
    expect(calls.has('a')).toBe(true);
    expect(calls.has('b')).toBe(false);
  });
});

describe('a policy', () => {
  test('is a value: each step gives a new one and leaves the old as it was', () => {
    const base = cache.for('60s');
    const more = base.staleFor('10m').staleOnError('1d').tagged('catalog');
    expect([base.fresh, base.stale, base.staleIfError, base.tagging.length]).toEqual([60_000, 0, 0, 0]);
    expect([more.fresh, more.stale, more.staleIfError]).toEqual([60_000, 600_000, 86_400_000]);
    expect(more.tagged('x').tagging).toHaveLength(2);
    expect(more.tagging).toHaveLength(1);
  });

  test('knows some tags before the value and all of them after', () => {
    const policy = cache.for('1s').tagged('list', (ids: readonly string[]) => ids.map((id) => `p:${id}`));
    expect(fixedTags(policy)).toEqual(['list']);
    expect(tagsOf(policy, ['1', '2'])).toEqual(['list', 'p:1', 'p:2']);
  });
});
