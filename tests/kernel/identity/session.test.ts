import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { userScope } from '#kernel/base/scope.ts';
import {
  ENDED_SESSIONS,
  endSession,
  endSessionsOf,
  findSession,
  openSession,
  type Sessions,
  saveSession,
  sessionAt,
  sessionsOf,
  type Tokens,
  tokensOf,
} from '#kernel/identity/session.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { LOGIN_LIFE, openLogin, sealLogin, spendLogin } from '#services/identity/login.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ISSUER = 'https://issuer.test';

let folder: string;
let now: number;
let sessions: Sessions;
const seal = createSeal([randomBytes(32)]);

/** The sessions as another process has them: the same file, connections of its own. */
const elsewhere = (): Sessions => ({
  state: openSqliteState(join(folder, 'state.db'), () => now),
  seal,
  now: () => now,
});
const tokens = (name: string, life = 100_000): Tokens => ({
  access: `access-${name}`,
  refresh: `refresh-${name}`,
  obtainedAt: now,
  expiresAt: now + life,
});
const open = (subject = 'ada', sid?: string) =>
  openSession(sessions, {
    issuer: ISSUER,
    subject,
    sid,
    name: undefined,
    agent: 'test',
    guest: undefined,
    tokens: tokens('1'),
  });
const found = async (id: string, through = sessions) => {
  const session = await findSession(through, id);
  if (session === undefined) throw new Error('there is no such session');
  return session;
};

beforeEach(() => {
  resetRegistry();
  folder = mkdtempSync(join(tmpdir(), 'tributary-session-'));
  now = 1_000_000_000_000;
  sessions = elsewhere();
});
afterEach(async () => {
  await sessions.state.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a session', () => {
  test('ends half an hour after its last use', async () => {
    const id = await open();
    for (let uses = 0; uses < 5; uses++) {
      now += 29 * MINUTE;
      expect(await findSession(sessions, id)).toBeDefined();
    }
    now += 30 * MINUTE;
    expect(await findSession(sessions, id)).toBeUndefined();
  });

  test('ends after twelve hours, however it is used', async () => {
    const id = await open();
    for (now += 20 * MINUTE; now < 1_000_000_000_000 + 12 * HOUR; now += 20 * MINUTE) await found(id);
    expect(await findSession(sessions, id)).toBeUndefined();
  });

  test('is gone from the store at the end of its longest life, though it was just used', async () => {
    const id = await open();
    const { hash } = await found(id);
    for (now += 20 * MINUTE; now < 1_000_000_000_000 + 12 * HOUR; now += 20 * MINUTE) await found(id);
    now = 1_000_000_000_000 + 12 * HOUR - 1;
    expect(await sessions.state.get(`session:${hash}`)).toBeDefined();
    now += 1;
    expect(await sessions.state.get(`session:${hash}`)).toBeUndefined();
  });

  test('is over at the end of its longest life, though the store still has it', async () => {
    const id = await open();
    const { hash } = await found(id);
    const { value = '' } = (await sessions.state.get(`session:${hash}`)) ?? {};
    await sessions.state.set(`session:${hash}`, value, { ttl: 24 * HOUR });
    now += 12 * HOUR - 1;
    expect(await findSession(sessions, id)).toBeDefined();
    await sessions.state.set(`session:${hash}`, value, { ttl: 24 * HOUR });
    now += 1;
    expect(await findSession(sessions, id)).toBeUndefined();
    expect(await sessions.state.get(`session:${hash}`)).toBeUndefined();
  });

  test('is found at once while the store is busy; that it was used is written down when it can be', async () => {
    const id = await open();
    const { hash } = await found(id);
    now += 2 * MINUTE;
    const other = new DatabaseSync(join(folder, 'state.db'));
    other.exec('BEGIN IMMEDIATE');
    // Who waits for the store is refused in the end; who had begun to wait later, later.
    const waiting = sessions.state.set('waits', '1', { ttl: MINUTE }).catch(() => 'refused');
    expect(await Promise.race([found(id).then(({ session }) => session.seenAt), waiting])).toBe(now);
    other.exec('ROLLBACK');
    other.close();
    await waiting;
    await expect.poll(async () => (await sessionAt(sessions, hash))?.session.seenAt).toBe(now);
  });

  test('is never revived by a write that was under way when it ended', async () => {
    const id = await open();
    const before = await found(id);
    await endSession(sessions, before.hash);
    expect(await saveSession(sessions, before)).toBeUndefined();
    expect(await findSession(sessions, id)).toBeUndefined();
  });

  test('ends together with the word of it, or not at all: who was told that it failed can try again', async () => {
    const id = await open();
    const { hash } = await found(id);
    const file = new DatabaseSync(join(folder, 'state.db'));
    file.exec(`CREATE TRIGGER full BEFORE INSERT ON entries BEGIN SELECT raise(ABORT, 'no room'); END`);
    await expect(endSession(sessions, hash)).rejects.toMatchObject({ kind: 'state' });
    expect(await findSession(sessions, id)).toBeDefined();
    file.exec('DROP TRIGGER full');
    file.close();
    await endSession(sessions, hash);
    expect(await findSession(sessions, id)).toBeUndefined();
    expect((await sessions.state.read(ENDED_SESSIONS, 0, 10)).map(({ value }) => value)).toEqual([hash]);
  });

  test('is kept under a hash, and its tokens sealed: the file reveals neither', async () => {
    const id = await open();
    const { hash } = await found(id);
    const { value = '' } = (await sessions.state.get(`session:${hash}`)) ?? {};
    expect(value).not.toMatch(/access-1|refresh-1/);
    expect(value + hash).not.toContain(id);
    const whose = 'Augusta Ada King';
    await openSession(sessions, {
      issuer: ISSUER,
      subject: 'subject-of-ada',
      sid: 'sid-of-ada',
      name: whose,
      agent: 'agent-of-ada',
      guest: undefined,
      tokens: tokens('2'),
    });
    expect((await sessionsOf(sessions, userScope(ISSUER, 'subject-of-ada')))[0]?.session).toMatchObject({
      name: whose,
      agent: 'agent-of-ada',
    });
    const files = ['', '-wal'].map((end) => readFileSync(join(folder, `state.db${end}`), 'latin1')).join('');
    expect(files).not.toMatch(/access-|refresh-|Augusta|-of-ada|issuer\.test/);
    // Sealed for this session: moved to another one, they do not open.
    const other = await found(await open('mallory'));
    const stolen = { ...other, session: { ...other.session, tokens: JSON.parse(value).tokens as string } };
    expect(tokensOf(sessions, other)?.access).toBe('access-1');
    expect(tokensOf(sessions, stolen)).toBeUndefined();
  });

  test('whose owner can not be unsealed, or was another’s, is none', async () => {
    const [id, other] = [await open(), await open('mallory')];
    const [{ hash }, { hash: hers }] = [await found(id), await found(other)];
    const stranger = { ...sessions, seal: createSeal([randomBytes(32)]) };
    expect(await findSession(stranger, id)).toBeUndefined();
    expect((await found(id)).session.subject).toBe('ada');
    const at = async (key: string) => JSON.parse((await sessions.state.get(`session:${key}`))?.value ?? '{}');
    const swapped = { ...(await at(hers)), whose: (await at(hash)).whose };
    await sessions.state.set(`session:${hers}`, JSON.stringify(swapped), { ttl: HOUR });
    expect(await findSession(sessions, other)).toBeUndefined();
  });

  test('is listed for its principal, and for no one of the same name elsewhere', async () => {
    await open('ada');
    await open('ada');
    await open('bo');
    expect(await sessionsOf(sessions, userScope(ISSUER, 'ada'))).toHaveLength(2);
    expect(await sessionsOf(sessions, userScope('https://other.test', 'ada'))).toEqual([]);
  });

  test('ends with the issuer’s own, or with all of its subject’s', async () => {
    const ids = [await open('ada', 'sid-1'), await open('ada', 'sid-2'), await open('bo', 'sid-3')];
    expect(await endSessionsOf(sessions, ISSUER, { sid: 'sid-1' })).toBe(1);
    expect(await endSessionsOf(sessions, 'https://other.test', { sid: 'sid-2' })).toBe(0);
    expect(await Promise.all(ids.map(async (id) => (await findSession(sessions, id)) !== undefined))).toEqual([
      false,
      true,
      true,
    ]);
    expect(await endSessionsOf(sessions, ISSUER, { subject: 'ada' })).toBe(1);
    expect(await findSession(sessions, ids[2] ?? '')).toBeDefined();
  });
});

describe('of more sessions than are listed', () => {
  const lives = async (id: string) => (await findSession(sessions, id)) !== undefined;

  test.each([
    ['a subject', undefined],
    ['an issuer’s session', 'sid-1'],
  ])('the oldest of %s ends: none lives that can not be found', async (_, sid) => {
    const ids: string[] = [];
    // Under one sid they are listed twice: for another subject each, only the list of the sid fills.
    for (let count = 0; count < 103; count++) ids.push(await open(sid ? `user${count}` : 'ada', sid));
    const alive = await Promise.all(ids.map(lives));
    expect(alive.indexOf(true)).toBe(3);
    expect(await endSessionsOf(sessions, ISSUER, sid ? { sid } : { subject: 'ada' })).toBe(100);
    expect((await Promise.all(ids.map(lives))).includes(true)).toBe(false);
  });

  test('those that have ended take no room', async () => {
    const first = await open();
    for (let count = 0; count < 100; count++) await endSession(sessions, (await found(await open())).hash);
    await open();
    expect(await sessionsOf(sessions, userScope(ISSUER, 'ada'))).toHaveLength(2);
    expect(await lives(first)).toBe(true);
  });
});

describe('a login on its way', () => {
  test('is read from what only we could seal, for ten minutes', async () => {
    const sealed = sealLogin(sessions, { state: 's' });
    expect(sealed).not.toContain('state');
    now += LOGIN_LIFE - 1;
    expect(openLogin(sessions, sealed)).toEqual({ state: 's' });
    // What was sealed for another place is no login.
    expect(openLogin(sessions, seal.seal('{"transaction":{},"until":9e15}', 'session'))).toBeUndefined();
    expect(openLogin(sessions, 'x')).toBeUndefined();
    now += 1;
    expect(openLogin(sessions, sealed)).toBeUndefined();
  });

  test('comes back once, in whatever process', async () => {
    const other = elsewhere();
    const startGuestSession = await Promise.all([sessions, sessions, other].map((through) => spendLogin(through, 'a')));
    expect(startGuestSession.filter(Boolean)).toHaveLength(1);
    now += LOGIN_LIFE - 1;
    expect(await spendLogin(other, 'a')).toBe(false);
    expect(await spendLogin(other, 'b')).toBe(true);
    await other.state.close();
  });
});
