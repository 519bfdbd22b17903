import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { authenticated } from '#kernel/identity/principal.ts';
import { type FoundSession, findSession, openSession, type Sessions } from '#kernel/identity/session.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { NOTHING, upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { accessTokenOf } from '#services/identity/refresh.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { json, raw, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ n: z.int() });
const http = upstream('shop', { timeout: 20_000, attempts: 2, parallel: 8 }).asUser;
const contract = { summary: '', audience: 'personal', input: z.object({}), example: {}, deadline: 30_000 } as const;
const read = operation(
  { ...contract, id: 'read', route: 'GET /api/thing', output: z.object({ thing: Thing }) },
  (_, { all }) => all({ thing: required(http.get(path`thing`, Thing)) }, (v) => v),
);
const write = operation(
  { ...contract, id: 'write', route: 'POST /api/thing', answers: { 204: undefined } },
  async (_, { need }) => {
    await need(http.post(path`thing`, {}, NOTHING));
    return done();
  },
);

let folder: string;
let now: number;
let sessions: Sessions;
let upstreams: TestUpstream;
let shop: TestEngine;
let id: string;
let renewals: number;
let refresh: string | undefined;
let taken: (token: string) => boolean;
let answer: (response: ServerResponse) => void;
let refuse: (response: ServerResponse) => void;

const session = async () => (await findSession(sessions, id)) as FoundSession;
const tokens = (access: string) => ({ access, refresh, obtainedAt: now, expiresAt: now + 3_600_000 });
const grants = {
  timeout: 6_000,
  renew: async () => {
    renewals++;
    return tokens(`token-${renewals}`);
  },
  revoke: async () => undefined,
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-refused-'));
  now = 1_000_000_000_000;
  renewals = 0;
  refresh = 'refresh';
  taken = () => true;
  answer = (response) => json(response, { n: 1 });
  refuse = (response) => json(response, {}, 401);
  upstreams = await startUpstream();
  upstreams.otherwise = (response, { headers }) => {
    const token = headers.authorization?.replace('Bearer ', '') ?? '';
    return taken(token) ? answer(response) : refuse(response);
  };
  sessions = {
    state: openSqliteState(join(folder, 'state.db'), () => now),
    seal: createSeal([randomBytes(32)]),
    now: () => now,
  };
  const identify = async () => {
    const found = await session();
    return authenticated('session', 'https://issuer.test', 'ada', {
      credential: (refused) => accessTokenOf(sessions, found, grants, refused),
      credentialId: found.hash,
    });
  };
  shop = startEngine({ shop: upstreams.url }, [read, write], { identify });
});
afterEach(async () => {
  await upstreams.close();
  await sessions.state.close();
  rmSync(folder, { recursive: true, force: true });
});
const open = async () => {
  const about = {
    issuer: 'https://issuer.test',
    subject: 'ada',
    sid: undefined,
    name: undefined,
    agent: '',
    guest: undefined,
  };
  id = await openSession(sessions, { ...about, tokens: tokens('token-0') });
};
const WRITE = { method: 'POST' };
const PROOF = { origin: 'http://shop.test', 'x-csrf': '1' };

test.each([
  ['a read', () => shop.ask('/api/thing'), 200],
  ['a write', () => shop.ask('/api/thing', PROOF, WRITE), 204],
])('a token that is not taken is renewed once, for %s', async (_, ask, status) => {
  await open();
  taken = (token) => token !== 'token-0';
  expect((await ask()).status).toBe(status);
  expect({ renewals, asked: upstreams.count() }).toEqual({ renewals: 1, asked: 2 });
  expect((await session()).session).not.toHaveProperty('refusedAt');
  await ask();
  expect({ renewals, asked: upstreams.count() }).toEqual({ renewals: 1, asked: 3 });
});

test('many at once have it renewed once', async () => {
  await open();
  taken = (token) => token !== 'token-0';
  const told = await Promise.all([1, 2, 3, 4].map(() => shop.ask('/api/thing', PROOF, WRITE)));
  expect(told.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
  expect(renewals).toBe(1);
});

test('one that is not taken even when it is new is 401, the session says so, and it is not renewed again and again', async () => {
  await open();
  taken = () => false;
  for (const _ of [1, 2, 3]) expect((await shop.ask('/api/thing')).status).toBe(401);
  expect(renewals).toBe(1);
  expect((await session()).session).toHaveProperty('refusedAt', now);
  taken = (token) => token === 'token-2';
  now += 60_000;
  expect((await shop.ask('/api/thing')).status).toBe(200);
  expect((await session()).session).not.toHaveProperty('refusedAt');
});

test('one that can’t be renewed says so at once', async () => {
  refresh = undefined;
  await open();
  taken = () => false;
  expect((await shop.ask('/api/thing')).status).toBe(401);
  expect({ renewals, asked: upstreams.count() }).toEqual({ renewals: 0, asked: 1 });
  expect((await session()).session).toHaveProperty('refusedAt', now);
});

test('one that an upstream refuses by a challenge in plain text is renewed as well', async () => {
  await open();
  taken = (token) => token !== 'token-0';
  const challenge = { 'content-type': 'text/plain', 'www-authenticate': 'Bearer error="invalid_token"' };
  refuse = (response) => raw(response, 'Unauthorized', challenge, 401);
  expect((await shop.ask('/api/thing')).status).toBe(200);
  expect(renewals).toBe(1);
});

test('a 401 of something on the way has no token renewed, and says nothing of the session', async () => {
  await open();
  taken = () => false;
  refuse = (response) => raw(response, '<h1>401</h1>', { 'content-type': 'text/html' }, 401);
  expect((await shop.ask('/api/thing')).status).toBe(502);
  expect({ renewals, asked: upstreams.count() }).toEqual({ renewals: 0, asked: 1 });
  expect((await session()).session).not.toHaveProperty('refusedAt');
});

test.each<[string, (response: ServerResponse) => void]>([
  ['breaks', (response) => void response.destroy()],
  ['is a 500', (response) => json(response, {}, 500)],
  ['is a redirect', (response) => void response.writeHead(303, { location: '/' }).end()],
])('a write whose second attempt %s may have happened', async (_, second) => {
  await open();
  taken = (token) => token !== 'token-0';
  answer = second;
  expect((await shop.ask('/api/thing', PROOF, WRITE)).json).toMatchObject({ code: 'outcome-unknown' });
});
