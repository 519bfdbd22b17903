import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { userScope } from '#kernel/base/scope.ts';
import { PURGES } from '#kernel/cache/purge-entry.ts';
import { followPurges, purgeAllStep, purgeReader, purgeStep } from '#kernel/cache/purge-log.ts';
import { createTagTable, isOutdatedBy, isPurged, type TagTable } from '#kernel/cache/tags.ts';
import type { Follower } from '#kernel/state/followers.ts';
import type { State } from '#kernel/state/state.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { until } from '#tests/support/until.ts';

let folder: string;
let states: State[];
const followers: Follower[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-purges-'));
  states = Array.from({ length: 3 }, () => openSqliteState(join(folder, 'state.db')));
});
afterEach(async () => {
  for (const follower of followers.splice(0)) follower.stop();
  await Promise.all(states.map((state) => state.close()));
  rmSync(folder, { recursive: true, force: true });
});

const state = (index: number) => states[index] as State;
const log = (...tags: string[]) => state(0).commit([purgeStep(tags)]);
async function follow(index: number, table: TagTable): Promise<Follower> {
  const follower = followPurges(state(index), table);
  followers.push(follower);
  await follower.catchUp();
  return follower;
}

test('every process that follows sees a purge, without a word and within a moment', async () => {
  const tables = [createTagTable(), createTagTable()];
  await Promise.all(tables.map((table, index) => follow(index + 1, table)));
  const since = tables.map(({ sequence }) => sequence);
  await log('a', 'b');
  for (const [index, table] of tables.entries()) {
    const at = since[index] ?? 0;
    await until('the purge arrives', () => isPurged(table, ['a'], at));
    expect(isPurged(table, ['b'], at)).toBe(true);
    expect(isPurged(table, ['c'], at)).toBe(false);
    expect(isPurged(table, ['a'], table.sequence)).toBe(false);
  }
});

test('who has written is shown nothing older in any process, and others may be', async () => {
  const [ada, bo] = [userScope('https://issuer.test', 'ada'), userScope('https://issuer.test', 'bo')];
  const table = createTagTable();
  const follower = await follow(1, table);
  const fetched = table.sequence;
  await state(0).commit([purgeStep(['a', 'b'], ada)]);
  await follower.catchUp();
  const now = performance.now();
  expect([...table.purges.keys()]).toEqual(['a', 'b']);
  expect(['a', 'b', 'c'].map((tag) => isOutdatedBy(ada, table, [tag], fetched, now))).toEqual([true, true, false]);
  expect(isOutdatedBy(bo, table, ['a'], fetched, now)).toBe(false);
});

test('each is applied once, in its order, however often it is asked to catch up', async () => {
  const table = createTagTable();
  const follower = await follow(1, table);
  const begun = table.sequence;
  for (let index = 0; index < 1_200; index++) await log(`t${index}`);
  await Promise.all(Array.from({ length: 5 }, () => follower.catchUp()));
  expect(table.sequence).toBe(begun + 1_200);
  expect([...table.purges.keys()].slice(-2)).toEqual(['t1198', 't1199']);
});

test('a process that starts knows nothing of before, and holds nothing to be fresh', async () => {
  await log('a');
  const table = createTagTable();
  // Read while the log could not be yet.
  const fetched = table.sequence;
  await follow(1, table);
  expect(isPurged(table, ['anything'], fetched)).toBe(true);
  for (const tag of ['a', 'anything']) expect(isPurged(table, [tag], table.sequence)).toBe(false);
});

test('a process that fell behind the beginning of the log holds everything to be old', async () => {
  const table = createTagTable();
  const follower = await follow(1, table);
  follower.stop();
  await log('a');
  await follower.catchUp();
  const fetched = table.sequence;
  for (let index = 0; index < 4; index++) await state(0).append('purges', '["x"]', { maxEntries: 2 });
  await follower.catchUp();
  expect(isPurged(table, ['never named'], fetched)).toBe(true);
});

test('a store that was away is caught up with', async () => {
  const table = createTagTable();
  let away = true;
  const flaky: State = {
    ...state(1),
    bounds: (stream) => (away ? Promise.reject(new Error('away')) : state(1).bounds(stream)),
  };
  const follower = followPurges(flaky, table);
  followers.push(follower);
  await expect(follower.catchUp()).rejects.toThrow('away');
  away = false;
  await until('it is there', () => table.sequence > 0);
  const fetched = table.sequence;
  await log('a');
  await until('the purge arrives', () => isPurged(table, ['a'], fetched));
});

test('a purge of everything reaches them too, and what is purged after it', async () => {
  const table = createTagTable();
  const follower = await follow(1, table);
  const before = table.sequence;
  await log('a');
  await state(0).commit([purgeAllStep()]);
  await log('b');
  await follower.catchUp();
  expect(table.sequence).toBe(before + 3);
  for (const tag of ['a', 'b', 'never named']) expect(isPurged(table, [tag], before)).toBe(true);
  expect(isPurged(table, ['never named'], before + 2)).toBe(false);
});

test('reading ends at what was there when it began, also where others never stop purging', async () => {
  const table = createTagTable();
  let others = 0;
  const busy: State = {
    ...state(1),
    read: async (...asked) => {
      const entries = await state(1).read(...asked);
      if (others > 0) await log(`other ${others--}`);
      return entries;
    },
  };
  const read = purgeReader(busy, table);
  await read();
  others = 20;
  const [began, fetched] = [performance.now(), table.sequence];
  await log('a');
  await read();
  expect(others, 'purges that came while it read').toBe(19);
  expect(isPurged(table, ['a'], fetched)).toBe(true);
  expect(table.readAt).toBeGreaterThanOrEqual(began);
});

test.each(['product:42', '"product:42"', '{}', '[1]', '[null]', '["a","origin {"]', ''])(
  'an entry that is none of ours may have purged anything, and stops nothing that comes after it: %j',
  async (value) => {
    const table = createTagTable();
    const follower = await follow(1, table);
    const fetched = table.sequence;
    await state(0).append(PURGES, value, { maxEntries: 10 });
    await follower.catchUp();
    expect(isPurged(table, ['anything'], fetched)).toBe(true);
    const later = table.sequence;
    await log('a');
    await follower.catchUp();
    expect(['a', 'b'].map((tag) => isPurged(table, [tag], later))).toEqual([true, false]);
  },
);
