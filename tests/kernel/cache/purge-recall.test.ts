import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayLag } from '#kernel/cache/entry.ts';
import { PURGES, writeEntry } from '#kernel/cache/purge-entry.ts';
import { purgeReader } from '#kernel/cache/purge-log.ts';
import { createPurgePositions } from '#kernel/cache/purge-positions.ts';
import { createTagTable, isPurged, purgeAll, purgeTags, type TagTable } from '#kernel/cache/tags.ts';
import { MemoryLogs } from '#tests/support/memory-state.ts';

const LAG = 5_000;
const CLOCKS_APART = 1_000;

async function begun(logs: MemoryLogs, shares: boolean): Promise<TagTable> {
  const table = createTagTable();
  if (shares) table.positions = createPurgePositions();
  await purgeReader(logs.seen(), table)();
  return table;
}
const lags = (table: TagTable, tag: string) => mayLag(table, [tag], performance.now());

/** A purge in the log: how many milliseconds ago, by a clock that is so far off; of everything without tags. */
const purge = fc.record({
  age: fc.oneof(fc.integer({ min: 0, max: LAG - 500 }), fc.integer({ min: LAG + 2 * CLOCKS_APART, max: 1e7 })),
  off: fc.integer({ min: -900, max: 900 }),
  tags: fc.option(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 2 }), { nil: undefined }),
  timed: fc.boolean(),
});

test('whoever begins knows what a replica may not have seen yet, and holds nothing else for it', async () => {
  let recent = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(purge, { maxLength: 12 }), fc.boolean(), async (purges, shares) => {
      const logs = new MemoryLogs();
      const inOrder = purges.toSorted((one, other) => other.age - one.age);
      for (const { age, off, tags, timed } of inOrder) {
        const at = Date.now() - age + off;
        logs.append(PURGES, writeEntry({ tags, origin: timed && tags ? { by: 'write', at } : undefined }));
      }
      const table = await begun(logs, shares);
      for (const tag of ['a', 'b', 'c'] as const) {
        const of = inOrder.filter(({ tags }) => tags === undefined || tags.includes(tag));
        const isRecent = of.some(({ age }) => age < LAG);
        if (isRecent) recent++;
        if (isRecent) expect(lags(table, tag)).toBe(true);
        else if (of.every(({ timed, tags }) => timed && tags)) expect(lags(table, tag)).toBe(false);
        // It is told of a lag, and not that anything is old.
        expect(isPurged(table, [tag], table.sequence - 1)).toBe(true);
        expect(isPurged(table, [tag], table.sequence)).toBe(false);
      }
    }),
    { numRuns: 500 },
  );
  expect(recent).toBeGreaterThan(100);
});

test('more purges in a moment than are looked at may have been of anything', async () => {
  const logs = new MemoryLogs();
  const entry = (tag: string) => writeEntry({ tags: [tag], origin: { by: 'write', at: Date.now() } });
  logs.append(PURGES, entry('first'));
  for (let at = 0; at < 600; at++) logs.append(PURGES, entry(`t${at}`));
  for (const shares of [true, false]) expect(lags(await begun(logs, shares), 'first')).toBe(true);
});

test.each<[string, (logs: MemoryLogs) => void]>([
  ['is purged in one go', (logs) => logs.append(PURGES, 'null')],
  [
    'may be, for the log has forgotten some',
    (logs) => {
      for (let at = 0; at < 5; at++) logs.append(PURGES, '["x"]');
      logs.trim(PURGES, 2);
    },
  ],
])('everything %s: replicas may lag behind that as well', async (_, happens) => {
  const logs = new MemoryLogs();
  logs.append(PURGES, writeEntry({ tags: ['old'], origin: { by: 'write', at: Date.now() - 60_000 } }));
  const table = createTagTable();
  const read = purgeReader(logs.seen(), table);
  await read();
  expect(lags(table, 'anything')).toBe(false);
  happens(logs);
  await read();
  expect(lags(table, 'anything')).toBe(true);
});

test('what the table has no more room for is remembered as a moment', () => {
  const table = createTagTable();
  const now = performance.now();
  purgeTags(table, ['a'], now, undefined, 1);
  purgeTags(table, ['b'], now, undefined, 1);
  expect([...table.purges.keys()]).toEqual(['b']);
  expect(mayLag(table, ['a'], now + 10)).toBe(true);
  purgeAll(table, now);
  expect(mayLag(table, ['b'], now + LAG - 1)).toBe(true);
  expect(mayLag(table, ['b'], now + LAG + 1)).toBe(false);
});
