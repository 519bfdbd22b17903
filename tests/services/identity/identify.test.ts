import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cookieJar } from '#kernel/identity/cookies.ts';
import { openSession, type Sessions } from '#kernel/identity/session.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { createIdentify } from '#services/identity/identify.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';

const MINUTE = 60_000;

let folder: string;
let now: number;
let sessions: Sessions;

beforeEach(() => {
  now = 1_000_000_000_000;
  folder = mkdtempSync(join(tmpdir(), 'identify-'));
  const state = openSqliteState(join(folder, 'state.db'), () => now);
  sessions = { state, seal: createSeal([randomBytes(32)]), now: () => now };
});
afterEach(async () => {
  await sessions.state.close();
  rmSync(folder, { recursive: true });
});

test('a glance shows who is asking, and keeps no session alive', async () => {
  const tokens = { access: 'a', refresh: undefined, id: undefined, obtainedAt: now, expiresAt: now + 60 * MINUTE };
  const given = {
    issuer: 'https://issuer.test',
    subject: 'ada',
    sid: undefined,
    name: undefined,
    agent: 'test',
    guest: undefined,
    tokens,
  };
  const cookie = `sid=${await openSession(sessions, given)}`;
  const identify = createIdentify({
    cookies: cookieJar('http://shop.test'),
    sessions,
    bearer: async () => 'refused',
    grants: { timeout: 1_000, renew: () => Promise.reject(new Error('not wanted')), revoke: async () => undefined },
  });
  const seen = { authorization: undefined, cookie };
  const looks: unknown[] = [];
  for (let minutes = 0; minutes < 40; minutes += 10) {
    looks.push(await identify(seen, 'peek'));
    now += 10 * MINUTE;
  }
  expect(looks.map((found) => (typeof found === 'object' ? 'ada' : found))).toEqual(['ada', 'ada', 'ada', 'ended']);

  const other = { authorization: undefined, cookie: `sid=${await openSession(sessions, given)}` };
  for (let minutes = 0; minutes < 60; minutes += 20) {
    expect(await identify(other)).toMatchObject({ kind: 'session' });
    now += 20 * MINUTE;
  }
});
