import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TransientMap } from '#kernel/base/transient-map.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const step = fc.record({ key: fc.nat(5), value: fc.nat(2), sets: fc.boolean() });

describe('a map of what comes and goes', () => {
  test('is a Map, whose entries are deleted only with the value that they have', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const map = new TransientMap<number, number>();
        const model = new Map<number, number>();
        for (const { key, value, sets } of steps) {
          if (sets) {
            map.set(key, value);
            model.set(key, value);
          } else {
            map.delete(key, value);
            if (model.get(key) === value) model.delete(key);
          }
          expect([map.size, map.has(key), map.get(key)]).toEqual([model.size, model.has(key), model.get(key)]);
          expect([...map.keys()]).toEqual([...model.keys()]);
          expect([...map.values()]).toEqual([...model.values()]);
        }
      }),
    );
  });

  test('lets go of a value once it is deleted, so that it dies young', () => {
    const map = new TransientMap<number, object>();
    gc();
    const before = oldBytes();
    for (let number = 0; number < VALUES; number++) {
      map.set(number, heavy());
      const oldest = map.get(number - 10);
      if (oldest) map.delete(number - 10, oldest);
    }
    expect(oldBytes() - before).toBeLessThan((VALUES * VALUE_BYTES) / 20);
  });
});

/** They make several minor collections, and hundreds of new tables. */
const VALUES = 20_000;
const VALUE_BYTES = 4_096;
const heavy = () => Array.from({ length: VALUE_BYTES / 32 }, (_, index) => ({ index }));

/** What has survived two minor collections. */
const oldBytes = () =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? 0;
