import { expect, test } from 'vitest';
import { mayLag } from '#kernel/cache/entry.ts';
import { purgeReader } from '#kernel/cache/purge-log.ts';
import { awaitLogging, createPurgePositions, mayPredatePurge } from '#kernel/cache/purge-positions.ts';
import { createTagTable, isPurged } from '#kernel/cache/tags.ts';
import { MemoryLogs } from '#tests/support/memory-state.ts';

const LOG = 'purges';

function instance(logs: MemoryLogs) {
  const table = createTagTable();
  const positions = createPurgePositions();
  table.positions = positions;
  const read = purgeReader(logs.seen(), table);
  return {
    table,
    positions,
    read,
    outrun: (tag: string, position: number) => mayPredatePurge(positions, [tag], position),
  };
}

const purge = (logs: MemoryLogs, ...tags: string[]) => logs.append(LOG, JSON.stringify(tags));

test('a value is outrun by a purge that came after its position, and by no other', async () => {
  const logs = new MemoryLogs();
  const { positions, read, outrun } = instance(logs);
  await read();
  purge(logs, 'other');
  purge(logs, 'thing', 'writer user:x');
  purge(logs, 'other');
  await read();
  expect(positions.position).toBe(3);
  expect(outrun('thing', 1)).toBe(true);
  expect(outrun('thing', 2)).toBe(false);
  expect(outrun('unheard of', 0)).toBe(false);
  logs.append(LOG, 'null');
  await read();
  expect(outrun('unheard of', 3)).toBe(true);
  expect(outrun('unheard of', 4)).toBe(false);
});

test('a process that begins learns from the log what was purged before it', async () => {
  const logs = new MemoryLogs();
  for (let at = 0; at < 1_200; at++) purge(logs, `thing:${at}`);
  logs.trim(LOG, 1_100);
  const { positions, read, outrun } = instance(logs);
  await read();
  expect(positions.position).toBe(1_200);
  expect(outrun('thing:1150', 1_150)).toBe(true);
  expect(outrun('thing:1150', 1_151)).toBe(false);
  expect(outrun('thing:50', 100)).toBe(false);
  // What the log has dropped may have been a purge of anything.
  expect(outrun('thing:50', 99)).toBe(true);
});

test('a process whose tier is opened after it has begun to read the log learns all of that then', async () => {
  const logs = new MemoryLogs();
  for (let at = 0; at < 20; at++) purge(logs, `thing:${at}`);
  const table = createTagTable();
  const read = purgeReader(logs.seen(), table);
  await read();
  const positions = createPurgePositions();
  table.positions = positions;
  purge(logs, 'thing:5');
  await read();
  expect([
    positions.position,
    mayPredatePurge(positions, ['thing:7'], 7),
    mayPredatePurge(positions, ['thing:7'], 8),
  ]).toEqual([21, true, false]);
  expect(mayPredatePurge(positions, ['thing:5'], 20)).toBe(true);
  const { read: other, positions: named } = instance(logs);
  await other();
  expect(positions.log).toBe(named.log);
  const applied = table.sequence;
  await read();
  expect(table.sequence).toBe(applied);
});

test('a process that falls behind the beginning of the log trusts nothing from before it', async () => {
  const logs = new MemoryLogs();
  const { read, outrun } = instance(logs);
  await read();
  for (let at = 0; at < 10; at++) purge(logs, 'thing');
  logs.trim(LOG, 3);
  await read();
  expect(outrun('other', 6)).toBe(true);
  expect(outrun('other', 7)).toBe(false);
});

test('all processes find one name for the log', async () => {
  const logs = new MemoryLogs();
  const all = [instance(logs), instance(logs), instance(logs)];
  await Promise.all(all.map(({ read }) => read()));
  const names = new Set(all.map(({ positions }) => positions.log));
  expect(names.size).toBe(1);
  expect([...names][0]).toMatch(/^[\w-]{36}$/);
});

test('a purge of this process counts at once, until the log has it', async () => {
  const logs = new MemoryLogs();
  const { positions, read, outrun } = instance(logs);
  await read();
  let commit: (() => void) | undefined;
  awaitLogging(positions, ['thing'], new Promise<void>((resolve) => (commit = resolve)));
  // Another process's purge of the same thing, which was in the log first, is not this one.
  purge(logs, 'thing');
  await read();
  expect(outrun('thing', 1)).toBe(true);
  const id = purge(logs, 'thing');
  commit?.();
  await read();
  await read();
  expect(outrun('thing', id - 1)).toBe(true);
  expect(outrun('thing', id)).toBe(false);
  expect(positions.unlogged.size).toBe(0);
});

test('one that never comes into the log counts until something else does', async () => {
  const logs = new MemoryLogs();
  const { positions, read, outrun } = instance(logs);
  purge(logs, 'other');
  await read();
  awaitLogging(positions, ['thing'], Promise.reject(new Error('the store is away')));
  awaitLogging(positions, undefined, Promise.reject(new Error('the store is away')));
  await read();
  await read();
  expect(positions.unlogged.size).toBe(0);
  expect(outrun('thing', 1)).toBe(true);
  expect(outrun('unheard of', 1)).toBe(true);
  purge(logs, 'other');
  await read();
  expect(outrun('thing', 2)).toBe(false);
});

test('however many purges wait for a log that is away, they take no more than so much room', () => {
  const { positions, outrun } = instance(new MemoryLogs());
  for (let at = 0; at <= 10_001; at++) awaitLogging(positions, [`thing:${at}`], new Promise(() => {}));
  expect(positions.unlogged.size).toBeLessThan(10_001);
  expect(outrun('thing:0', 1)).toBe(true);
});

test('without a shared tier, nothing of it is kept', async () => {
  const logs = new MemoryLogs();
  const table = createTagTable();
  const read = purgeReader(logs.seen(), table);
  purge(logs, 'thing');
  await read();
  awaitLogging(table.positions, ['thing'], Promise.resolve());
  expect(table.positions).toBeUndefined();
  expect(logs.last('purge-log')).toBe(0);
});

test.each<[string, (logs: MemoryLogs) => void]>([
  ['is shorter', () => undefined],
  ['has others in the place of what is lost', (logs) => ['x', 'y', 'z', 'v'].forEach((tag) => void purge(logs, tag))],
  ['is empty', (logs) => logs.rewind(LOG, 0)],
])('a log that goes back and %s: everything is old, everywhere, and later purges count', async (_, goOn) => {
  const logs = new MemoryLogs();
  const [sees, behind] = [instance(logs), instance(logs)];
  for (let at = 0; at < 3; at++) purge(logs, 'thing');
  await behind.read();
  const name = behind.positions.log;
  for (let at = 0; at < 3; at++) purge(logs, 'thing');
  await sees.read();
  const before = [sees.table.sequence, behind.table.sequence] as const;
  logs.rewind(LOG, 3);
  goOn(logs);
  await sees.read();
  await behind.read();
  // Who comes second may have named it once more.
  await sees.read();
  for (const [index, { table, positions }] of [sees, behind].entries()) {
    expect(isPurged(table, ['anything'], before[index] ?? 0)).toBe(true);
    expect(mayLag(table, ['anything'], performance.now())).toBe(true);
    // What was shared under the former name is never asked for again.
    expect(positions.log).not.toBe(name);
    expect(positions.position).toBe(logs.last(LOG));
  }
  expect(sees.positions.log).toBe(behind.positions.log);
  const fetched = sees.table.sequence;
  const id = purge(logs, 'later');
  await sees.read();
  expect(isPurged(sees.table, ['later'], fetched)).toBe(true);
  expect(isPurged(sees.table, ['anything'], fetched)).toBe(false);
  expect([sees.outrun('later', id - 1), sees.outrun('anything', id - 1)]).toEqual([true, false]);
  const begun = instance(logs);
  await begun.read();
  expect(begun.positions.log).toBe(sees.positions.log);
});

test('a log that goes back while it can’t be written is left alone, and named anew once it can', async () => {
  const logs = new MemoryLogs();
  const state = logs.seen();
  let away = true;
  const commit: typeof state.commit = (steps) => (away ? Promise.reject(new Error('read only')) : state.commit(steps));
  const { table, positions } = instance(logs);
  const read = purgeReader({ ...state, commit }, table);
  for (let at = 0; at < 3; at++) purge(logs, 'thing');
  await read();
  const fetched = table.sequence;
  logs.rewind(LOG, 1);
  await expect(read()).rejects.toThrow('read only');
  expect(positions.position).toBeUndefined();
  expect(isPurged(table, ['anything'], fetched)).toBe(true);
  away = false;
  await read();
  expect(positions.position).toBe(logs.last(LOG));
});

test('a purge that was acknowledged, and lost before anybody had read it, still counts here', async () => {
  const logs = new MemoryLogs();
  const { positions, read, outrun } = instance(logs);
  purge(logs, 'other');
  await read();
  awaitLogging(positions, ['thing'], Promise.resolve(purge(logs, 'thing')));
  await Promise.resolve();
  logs.rewind(LOG, 1);
  await read();
  expect(positions.unlogged.size).toBe(0);
  expect(outrun('thing', 1)).toBe(true);
  expect(outrun('thing', 2)).toBe(false);
});
