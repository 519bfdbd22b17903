import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Begun, begin, type Records, type StoredOutcome } from '#kernel/state/idempotency.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { type State, type Step, stateError } from '#kernel/state/state.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { turn } from '#tests/support/until.ts';

const OUTCOME: StoredOutcome = { status: 201, fields: ['Location', '/x'], body: '{"name":"Ada"}' };
const HOUR = 3_600_000;
const LEASE = 8_000;
/** Milliseconds between two looks at the clock while time passes. */
const STEP = 500;

let folder: string;
let now: number;
let key: Buffer;
const opened: Records[] = [];

/** The records as another process has them: the same file, connections of its own. */
function elsewhere(keys = [key], commits: (commit: State['commit']) => State['commit'] = (commit) => commit): Records {
  const opens = openSqliteState(join(folder, 'state.db'), () => now);
  const state = { ...opens, commit: commits(opens.commit) };
  const records = { state, seal: createSeal(keys), now: () => now };
  opened.push(records);
  return records;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-'));
  now = 1_000_000;
  key = randomBytes(32);
  // Who holds a lease renews it where the test lets time pass, and nowhere else.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(opened.splice(0).map(({ state }) => state.close()));
  rmSync(folder, { recursive: true });
});

/** Time in which every process does what it has to. */
async function pass(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += STEP) {
    now += STEP;
    vi.advanceTimersByTime(STEP);
    for (let turns = 0; turns < 3; turns++) await turn();
  }
}

function attempt(begun: Begun) {
  if (begun.kind !== 'attempt') throw new Error(`it is ${begun.kind}`);
  return begun.attempt;
}

test('of ten processes that begin at once, one has the attempt', async () => {
  const begun = await Promise.all(Array.from({ length: 10 }, () => begin(elsewhere(), 'k', 'f', 'ada')));
  expect(begun.map(({ kind }) => kind).sort()).toEqual(['attempt', ...Array(9).fill('running')]);
});

test('an outcome is remembered for a day, in every process, and is not to be read in the store', async () => {
  const records = elsewhere();
  await attempt(await begin(records, 'k', 'f', 'ada')).done(OUTCOME);
  expect(await begin(elsewhere(), 'k', 'f', 'ada')).toEqual({ kind: 'outcome', outcome: OUTCOME });
  expect((await records.state.get('idempotency:k'))?.value).not.toContain('Ada');
  now += 23 * HOUR;
  expect((await begin(elsewhere(), 'k', 'f', 'ada')).kind).toBe('outcome');
  now += 2 * HOUR;
  expect((await begin(elsewhere(), 'k', 'f', 'ada')).kind).toBe('attempt');
});

test('who died on the way leaves the key to the next one, with what was decided', async () => {
  const dead = attempt(await begin(elsewhere(), 'k', 'f', 'ada'));
  await dead.decide(async () => ({ price: 100 }));
  now += LEASE - 1;
  expect((await begin(elsewhere(), 'k', 'f', 'ada')).kind).toBe('running');
  now += 1;
  const next = attempt(await begin(elsewhere(), 'k', 'f', 'ada'));
  expect(await next.decide(async () => ({ price: 200 }))).toEqual({ price: 100 });
  // Whoever was only taken for dead must not write over the one who took over.
  await expect(dead.done({ ...OUTCOME, body: 'late' })).rejects.toMatchObject({ kind: 'state' });
  await expect(dead.failed(false)).rejects.toMatchObject({ kind: 'state' });
  expect((await begin(elsewhere(), 'k', 'f', 'ada')).kind).toBe('running');
  await next.done(OUTCOME);
  expect(await begin(elsewhere(), 'k', 'f', 'ada')).toEqual({ kind: 'outcome', outcome: OUTCOME });
});

test('of two who find a lease that has run out, one takes over', async () => {
  await begin(elsewhere(), 'k', 'f', 'ada');
  now += LEASE;
  const begun = await Promise.all([begin(elsewhere(), 'k', 'f', 'ada'), begin(elsewhere(), 'k', 'f', 'ada')]);
  expect(begun.map(({ kind }) => kind).sort()).toEqual(['attempt', 'running']);
});

test('who was taken for dead decides nothing any more', async () => {
  const slow = attempt(await begin(elsewhere(), 'k', 'f', 'ada'));
  now += LEASE;
  await attempt(await begin(elsewhere(), 'k', 'f', 'ada')).decide(async () => 'theirs');
  await expect(slow.decide(async () => 'mine')).rejects.toMatchObject({ kind: 'state' });
});

test('what is done and can not be answered any more is not done again', async () => {
  await attempt(await begin(elsewhere(), 'k', 'f', 'ada')).done(OUTCOME);
  expect(await begin(elsewhere([randomBytes(32)]), 'k', 'f', 'ada')).toEqual({ kind: 'lost' });
});

test('what was decided under a key that is gone is not decided anew', async () => {
  await attempt(await begin(elsewhere(), 'k', 'f', 'ada')).decide(async () => randomUUID());
  now += LEASE;
  const next = attempt(await begin(elsewhere([randomBytes(32)]), 'k', 'f', 'ada'));
  await expect(next.decide(async () => 'another')).rejects.toMatchObject({ kind: 'state' });
});

describe('a lease', () => {
  const found = () => begin(elsewhere(), 'k', 'f', 'ada').then(({ kind }) => kind);

  test('is renewed for as long as it is worked on, and no longer', async () => {
    const held = attempt(await begin(elsewhere(), 'k', 'f', 'ada'));
    for (let turns = 0; turns < 5; turns++) {
      await pass(10_000);
      expect(await found()).toBe('running');
    }
    await held.failed(true);
    expect(await found()).toBe('attempt');
    expect(vi.getTimerCount()).toBe(1);
  });

  test('of work that hangs is renewed for a minute', async () => {
    await begin(elsewhere(), 'k', 'f', 'ada');
    await pass(60_000);
    expect(await found()).toBe('running');
    await pass(LEASE);
    expect(await found()).toBe('attempt');
  });

  test('outlives a store that fails twice', async () => {
    let failures = 2;
    const failing = elsewhere([key], (commit) => async (...given) => {
      if (failures-- > 0) throw stateError('away');
      return commit(...given);
    });
    await begin(failing, 'k', 'f', 'ada');
    await pass(LEASE + STEP);
    expect(await found()).toBe('running');
  });

  test('that another has is not renewed', async () => {
    const stood = attempt(await begin(elsewhere(), 'k', 'f', 'ada'));
    now += LEASE;
    const next = attempt(await begin(elsewhere(), 'k', 'f', 'ada'));
    await pass(20_000);
    // Only the one that holds it still has a timer.
    expect(vi.getTimerCount()).toBe(1);
    await expect(stood.done(OUTCOME)).rejects.toMatchObject({ message: 'state: another attempt has taken over' });
    await next.done(OUTCOME);
  });

  test('that is renewed while something is being decided leaves it so', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const slow = elsewhere([key], (commit) => async (...given) => {
      await gate;
      return commit(...given);
    });
    const held = attempt(await begin(slow, 'k', 'f', 'ada'));
    const deciding = held.decide(async () => 'first');
    await pass(2_500);
    open();
    await deciding;
    await pass(STEP);
    now += LEASE;
    expect(await attempt(await begin(elsewhere(), 'k', 'f', 'ada')).decide(async () => 'second')).toBe('first');
  });

  test('is renewed once, however late the store answers', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let commits = 0;
    const slow = elsewhere([key], (commit) => async (...given) => {
      commits++;
      await gate;
      return commit(...given);
    });
    await begin(slow, 'k', 'f', 'ada');
    await pass(20_000);
    open();
    await pass(STEP);
    expect(commits).toBe(1);
  });

  test('is not renewed behind an end that the store did without telling', async () => {
    const untold = elsewhere([key], (commit) => async (...given) => {
      await commit(...given);
      throw stateError('cut');
    });
    const held = attempt(await begin(untold, 'k', 'f', 'ada'));
    await expect(held.done(OUTCOME)).rejects.toMatchObject({ kind: 'state' });
    await pass(20_000);
    expect(await found()).toBe('outcome');
  });

  test('changed by a write that the store had given up, and did, is still ours', async () => {
    const late: (() => Promise<unknown>)[] = [];
    const slow = elsewhere([key], (commit) => async (...given) => {
      if (late.length === 0) {
        late.push(() => commit(...given));
        throw stateError('no answer in time');
      }
      await late.shift()?.();
      late.push(async () => undefined);
      return commit(...given);
    });
    const held = attempt(await begin(slow, 'k', 'f', 'ada'));
    await pass(2_500);
    await held.done(OUTCOME);
    expect(await found()).toBe('outcome');
  });
});

describe('the steps of an end', () => {
  const told: Step = { do: 'append', stream: 'told', value: 'once', maxEntries: 10 };
  const entries = async () => (await elsewhere().state.read('told', 0, 10)).map(({ value }) => value);

  test('are there with it', async () => {
    await attempt(await begin(elsewhere(), 'k', 'f', 'ada')).done(OUTCOME, [told]);
    expect(await entries()).toEqual(['once']);
  });

  test('are not where another has taken over', async () => {
    const stood = attempt(await begin(elsewhere(), 'k', 'f', 'ada'));
    now += LEASE;
    const next = attempt(await begin(elsewhere(), 'k', 'f', 'ada'));
    await expect(stood.done(OUTCOME, [told])).rejects.toMatchObject({ kind: 'state' });
    expect(await entries()).toEqual([]);
    await next.done(OUTCOME, [told]);
    expect(await entries()).toEqual(['once']);
  });
});
