import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Follower } from '#kernel/state/followers.ts';
import type { Override } from '#kernel/state/override.ts';
import {
  followOverrides,
  lastOverrideEvents,
  logOverride,
  OVERRIDES,
  type OverrideEvent,
} from '#kernel/state/override-log.ts';
import { createOverrides, isolatedFor, type Overrides } from '#kernel/state/overrides.ts';
import { type State, stateError } from '#kernel/state/state.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { rewind } from '#tests/support/rewind.ts';
import { pause, until } from '#tests/support/until.ts';

let folder: string;
let states: State[];
const followers: Follower[] = [];

beforeEach(() => {
  // How long a lever lasts is told by the wall clock, which stands still until a test moves it.
  vi.useFakeTimers({ toFake: ['Date'] });
  folder = mkdtempSync(join(tmpdir(), 'tributary-levers-'));
  states = Array.from({ length: 3 }, () => openSqliteState(join(folder, 'state.db')));
});
afterEach(async () => {
  vi.useRealTimers();
  for (const follower of followers.splice(0)) follower.stop();
  await Promise.all(states.map((state) => state.close()));
  rmSync(folder, { recursive: true, force: true });
});

const state = (index: number) => states[index] as State;
function follow(store: State): Overrides {
  const table = createOverrides();
  followers.push(followOverrides(store, table));
  return table;
}
function lever(upstream: string, lasts = 60_000): Override {
  const at = Date.now();
  return { kind: 'open', upstream, id: `l-${upstream}`, why: 'drill', who: 'Ana', at, until: at + lasts };
}
const isHeld = (table: Overrides, upstream: string) => isolatedFor(table, upstream) !== undefined;

test('every process sees an override and its end, one that starts later as well', async () => {
  const early = follow(state(1));
  const one = lever('stars');
  await logOverride(state(0), { did: 'pulled', lever: one });
  await until('the lever arrives', () => isHeld(early, 'stars'));
  const late = follow(state(2));
  await until('it is known after a start', () => isHeld(late, 'stars'));
  await logOverride(state(0), { did: 'released', lever: one, who: 'Bo', at: Date.now() });
  await until('the release arrives', () => !isHeld(early, 'stars') && !isHeld(late, 'stars'));
  expect([early.active, late.active]).toEqual([undefined, undefined]);
});

test('what has ended is not set again by a process that reads of it later, and is forgotten by those that knew', async () => {
  const early = follow(state(1));
  await logOverride(state(0), { did: 'pulled', lever: lever('stars', 150) });
  await until('the lever arrives', () => early.active !== undefined);
  vi.setSystemTime(Date.now() + 150);
  await until('it is forgotten', () => early.active === undefined);
  const late = createOverrides();
  const follower = followOverrides(state(2), late);
  followers.push(follower);
  await follower.catchUp();
  expect(late.active).toBeUndefined();
});

test('a process that has lost the store keeps what it knows, until that ends', async () => {
  let lost = false;
  const store = state(1);
  const flaky = {
    read: (...args: Parameters<State['read']>) => (lost ? Promise.reject(stateError('away')) : store.read(...args)),
  } as State;
  const table = follow(flaky);
  const [brief, long] = [lever('brief', 700), lever('long')];
  for (const one of [brief, long]) await logOverride(state(0), { did: 'pulled', lever: one });
  await until('both arrive', () => isHeld(table, 'brief') && isHeld(table, 'long'));
  lost = true;
  await logOverride(state(0), { did: 'released', lever: long, who: 'Bo', at: Date.now() });
  vi.setSystemTime(brief.until - 1);
  expect(isHeld(table, 'brief')).toBe(true);
  vi.setSystemTime(brief.until);
  await until('the brief one ends', () => table.active?.all.length === 1);
  expect(isHeld(table, 'long')).toBe(true);
  lost = false;
  await until('the release arrives', () => table.active === undefined);
});

test.each([
  ['some are left', 1, ['a']],
  ['none is left', 0, []],
  ['more are left than are read at once', 700, ['a', 'u699']],
])('of a log that goes back what is left counts (%s), and until it is read what was known', async (_, left, held) => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
  let reads = Number.POSITIVE_INFINITY;
  const store = state(1);
  const flaky = {
    read: (...args: Parameters<State['read']>) =>
      reads-- > 0 ? store.read(...args) : Promise.reject(stateError('away')),
  } as State;
  const table = createOverrides();
  const follower = followOverrides(flaky, table);
  followers.push(follower);
  const pulled = (upstream: string): OverrideEvent => ({ did: 'pulled', lever: lever(upstream) });
  await logOverride(state(0), pulled('a'));
  const more = Array.from({ length: Math.max(left - 1, 0) }, (_, at) => pulled(`u${at + 1}`));
  await state(0).commit(
    more.map((event) => ({ do: 'append', stream: OVERRIDES, value: JSON.stringify(event), maxEntries: 1_000 })),
  );
  await logOverride(state(0), pulled('lost'));
  await follower.catchUp();
  const known = table.active?.all.length;
  expect(isHeld(table, 'lost')).toBe(true);
  rewind(join(folder, 'state.db'), OVERRIDES, left);
  // It sees that the log went back, and then the store is away: at every read after that, once.
  for (const before of left > 500 ? [1, 0, 1] : [1, 0]) {
    reads = before;
    await expect(follower.catchUp()).rejects.toMatchObject({ kind: 'state' });
    expect(table.active?.all.length).toBe(known);
  }
  reads = Number.POSITIVE_INFINITY;
  await follower.catchUp();
  expect([isHeld(table, 'lost'), table.active?.all.length ?? 0]).toEqual([false, left]);
  for (const upstream of held) expect(isHeld(table, upstream)).toBe(true);
  await logOverride(state(0), pulled('later'));
  await follower.catchUp();
  expect(isHeld(table, 'later')).toBe(true);
});

test('what was done is listed, the last first', async () => {
  for (let count = 0; count < 5; count++) {
    await logOverride(state(0), { did: 'purged', tag: `t${count}`, why: 'drill', who: 'Ana', at: count });
    await pause(0);
  }
  const told = await lastOverrideEvents(state(1), 3);
  expect(told.map((event) => event.did === 'purged' && event.tag)).toEqual(['t4', 't3', 't2']);
  expect(await lastOverrideEvents(state(1), 100)).toHaveLength(5);
});

test.each(['open stars', 'null', '{}', '{"did":"pulled"}', '{"did":"released","lever":{}}'])(
  'an entry that is none of ours stops neither what comes after it nor the list of what was done: %j',
  async (value) => {
    const table = follow(state(1));
    await state(0).append(OVERRIDES, value, { maxEntries: 10 });
    const one = lever('stars');
    await logOverride(state(0), { did: 'pulled', lever: one });
    await until('the lever arrives', () => isHeld(table, 'stars'));
    expect(await lastOverrideEvents(state(0), 5)).toEqual([{ did: 'pulled', lever: one }]);
  },
);
