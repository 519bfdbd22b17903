import { beforeEach, expect, test, vi } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { userScope } from '#kernel/base/scope.ts';
import { PURGES, readEntry } from '#kernel/cache/purge-entry.ts';
import { retryPurges, type UnloggedPurge } from '#kernel/cache/unlogged-purges.ts';
import { type State, stateError } from '#kernel/state/state.ts';
import { MemoryLogs } from '#tests/support/memory-state.ts';
import { turn } from '#tests/support/until.ts';

const ANA = userScope('https://issuer.test', 'ana');

let logs: MemoryLogs;
/** Whether the store takes a commit. */
let takes: () => boolean | Promise<boolean>;
let commits: number;
let largest: number;
let deferred: Promise<unknown>[];

beforeEach(() => {
  resetRegistry();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  logs = new MemoryLogs();
  takes = () => false;
  commits = 0;
  largest = 0;
  deferred = [];
  return () => void vi.useRealTimers();
});

function owe(...purges: UnloggedPurge[]): void {
  const state: State = {
    ...logs.seen(),
    commit: async (steps) => {
      commits++;
      largest = Math.max(largest, steps.length);
      if (!(await takes())) throw stateError('away');
      return logs.seen().commit(steps);
    },
  };
  retryPurges({ sessions: { state }, defer: (work) => void deferred.push(work) }, purges);
}

const logged = async () =>
  (await logs.seen().read(PURGES, 0, 100))
    .map(({ value }) => readEntry(value))
    .map(({ tags, writer }) => [tags, writer]);

async function settled(): Promise<void> {
  takes = () => true;
  await vi.advanceTimersByTimeAsync(1_000);
  await Promise.all(deferred);
}

test('all that is owed is one piece of deferred work, and one commit: each tag once for each writer', async () => {
  for (let times = 0; times < 100; times++) {
    owe({ tags: ['a', 'b'], writer: ANA }, { tags: ['a'] });
    await vi.advanceTimersByTimeAsync(100);
  }
  owe({ tags: ['c'] });
  const before = commits;
  await settled();
  expect([deferred.length, commits - before]).toEqual([1, 1]);
  expect(await logged()).toEqual([
    [['a', 'b'], ANA],
    [['a', 'c'], undefined],
  ]);
});

test('what many writers owe goes into commits that a store can do in time', async () => {
  const owners = Array.from({ length: 2_000 }, (_, at) => userScope('https://issuer.test', `${at}`));
  owe(...owners.map((writer) => ({ tags: ['a'], writer })));
  await settled();
  expect(largest).toBeLessThanOrEqual(500);
  expect((await logs.seen().read(PURGES, 0, 10_000)).map(({ value }) => readEntry(value).writer)).toEqual(
    expect.arrayContaining(owners),
  );
  expect(deferred).toHaveLength(1);
});

test('nothing is owed where there is nothing to purge', () => {
  owe();
  expect([deferred.length, commits]).toEqual([0, 0]);
});

test('the log is offered it at once, and then each second', async () => {
  owe({ tags: ['a'] });
  expect(commits).toBe(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(commits).toBe(61);
  await settled();
  owe({ tags: ['b'] });
  expect(deferred).toHaveLength(2);
  await Promise.all(deferred);
  expect(await logged()).toEqual([
    [['a'], undefined],
    [['b'], undefined],
  ]);
});

test('what is purged again while it is being logged is logged again', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  takes = () => promise;
  owe({ tags: ['a'] });
  owe({ tags: ['a'] });
  resolve(true);
  await Promise.all(deferred);
  expect(await logged()).toEqual([
    [['a'], undefined],
    [['a'], undefined],
  ]);
});

test('however much is owed, it takes no more than so much room: then everything is purged', async () => {
  for (let at = 0; at <= 10_000; at++) owe({ tags: [`thing:${at}`], writer: ANA });
  await turn();
  owe({ tags: ['other'] });
  await settled();
  expect(await logged()).toEqual([[undefined, undefined]]);
});
