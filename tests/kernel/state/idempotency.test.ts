import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Begun, begin, type Records, type StoredOutcome } from '#kernel/state/idempotency.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { openSqliteState } from '#kernel/state/sqlite.ts';

const OUTCOME: StoredOutcome = { status: 201, fields: ['Location', '/x'], body: '{"name":"Ada"}' };
const HOUR = 3_600_000;

let folder: string;
let now: number;
let key: Buffer;
const opened: Records[] = [];

/** The records as another process has them: the same file, connections of its own. */
function elsewhere(keys = [key]): Records {
  const state = openSqliteState(join(folder, 'state.db'), () => now);
  const records = { state, seal: createSeal(keys), now: () => now };
  opened.push(records);
  return records;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-'));
  now = 1_000_000;
  key = randomBytes(32);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ state }) => state.close()));
  rmSync(folder, { recursive: true });
});

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
  now += 29_000;
  expect((await begin(elsewhere(), 'k', 'f', 'ada')).kind).toBe('running');
  now += 2_000;
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
  now += 31_000;
  const begun = await Promise.all([begin(elsewhere(), 'k', 'f', 'ada'), begin(elsewhere(), 'k', 'f', 'ada')]);
  expect(begun.map(({ kind }) => kind).sort()).toEqual(['attempt', 'running']);
});

test('who was taken for dead decides nothing any more', async () => {
  const slow = attempt(await begin(elsewhere(), 'k', 'f', 'ada'));
  now += 31_000;
  await attempt(await begin(elsewhere(), 'k', 'f', 'ada')).decide(async () => 'theirs');
  await expect(slow.decide(async () => 'mine')).rejects.toMatchObject({ kind: 'state' });
});

test('what is done and can not be answered any more is not done again', async () => {
  await attempt(await begin(elsewhere(), 'k', 'f', 'ada')).done(OUTCOME);
  expect(await begin(elsewhere([randomBytes(32)]), 'k', 'f', 'ada')).toEqual({ kind: 'lost' });
});

test('what was decided under a key that is gone is not decided anew', async () => {
  await attempt(await begin(elsewhere(), 'k', 'f', 'ada')).decide(async () => randomUUID());
  now += 31_000;
  const next = attempt(await begin(elsewhere([randomBytes(32)]), 'k', 'f', 'ada'));
  await expect(next.decide(async () => 'another')).rejects.toMatchObject({ kind: 'state' });
});
