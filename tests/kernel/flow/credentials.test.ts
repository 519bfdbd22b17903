import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { optional, required, subject } from '#kernel/flow/section.ts';
import { authenticated, privateId } from '#kernel/identity/principal.ts';
import type { FoundSession } from '#kernel/identity/session.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { accessTokenOf } from '#services/identity/refresh.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ n: z.int() });
const http = upstream('shop', { timeout: 500, attempts: 1, parallel: 32 });
const contract = {
  summary: '',
  audience: 'either',
  input: z.object({}),
  example: {},
  output: z.object({ n: z.int().optional() }),
  deadline: 1_000,
} as const;
const operations = [
  operation({ ...contract, id: 'underKey', route: 'GET /api/key' }, (_, { all }) =>
    all({ it: subject(http.get(path`key`, Thing)) }, ({ it }) => it),
  ),
  operation({ ...contract, id: 'underToken', route: 'GET /api/token' }, (_, { all }) =>
    all({ it: required(http.asUser.get(path`token`, Thing)) }, ({ it }) => it),
  ),
  operation({ ...contract, id: 'perhaps', route: 'GET /api/perhaps' }, (_, { all }) =>
    all({ it: optional(http.asUser.get(path`token`, Thing)) }, ({ it }) => ({ n: it?.n })),
  ),
  operation({ ...contract, id: 'mine', route: 'GET /api/mine', audience: 'personal' }, (_, { all }) =>
    all({ it: required(http.asUser.get(path`token`, Thing)) }, ({ it }) => it),
  ),
  operation({ ...contract, id: 'kept', route: 'GET /api/kept', audience: 'personal' }, (_, { all }) =>
    all({ it: required(http.asUser.get(path`token`, Thing, cache.for('60s').tagged('it'))) }, ({ it }) => it),
  ),
  operation(
    {
      ...contract,
      id: 'both',
      route: 'GET /api/both',
      audience: 'personal',
      output: z.object({ ours: Thing, theirs: Thing }),
    },
    (_, { all, principal }) => {
      const mine = path`of/${privateId('customer', principal)}`;
      return all({ ours: required(http.get(mine, Thing)), theirs: required(http.asUser.get(mine, Thing)) }, (v) => v);
    },
  ),
];

let upstreams: TestUpstream;
let shop: TestEngine;
beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = (response) => json(response, { n: 1 });
  shop = startEngine({ shop: upstreams.url }, operations);
});
afterEach(() => upstreams.close());

const ana = { authorization: 'Bearer ana' };

describe('an upstream’s refusal', () => {
  test.each([401, 403])('%i under our own key is our upstream’s failure', async (code) => {
    upstreams.otherwise = (response) => json(response, {}, code);
    const { status, json: problem } = await shop.ask('/api/key', ana);
    expect([status, problem.code]).toEqual([502, 'upstream-failed']);
  });

  test.each([
    [401, 'unauthenticated'],
    [403, 'forbidden'],
  ])('%i under the user’s token is the user’s: %s', async (code, slug) => {
    upstreams.otherwise = (response) => json(response, {}, code);
    const { status, json: problem } = await shop.ask('/api/token', ana);
    expect([status, problem.code]).toEqual([code, slug]);
  });

  test('of an optional section is its fallback', async () => {
    upstreams.otherwise = (response) => json(response, {}, 401);
    const { status, sections } = await shop.ask('/api/perhaps', ana);
    expect(status).toBe(200);
    expect(sections).toEqual({ it: { state: 'missing', reason: 'unavailable' } });
  });
});

describe('who is asking', () => {
  test('anonymous: what is personal is a 401 and no upstream is asked', async () => {
    expect((await shop.ask('/api/mine')).json.code).toBe('unauthenticated');
    expect((await shop.ask('/api/token')).status).toBe(401);
    expect(upstreams.count()).toBe(0);
  });

  test('one whose credential fails is a 401 and never anonymous', async () => {
    for (const target of ['/api/mine', '/api/key', '/api/perhaps']) {
      const { status, headers } = await shop.ask(target, { authorization: 'Bearer bad' });
      expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
    }
    expect(upstreams.count()).toBe(0);
  });

  test('authenticated: nothing of the answer may be stored, here or on the way, but by the client', async () => {
    for (const target of ['/api/mine', '/api/token', '/api/key']) {
      const { status, headers } = await shop.ask(target, ana);
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'cache-control': 'private, no-cache',
        vary: 'Accept, Accept-Encoding, Authorization, Cookie',
      });
      const again = await shop.ask(target, { ...ana, 'if-none-match': headers.etag ?? '' });
      expect([again.status, again.headers['cache-control']]).toEqual([304, 'private, no-cache']);
    }
    expect(shop.engine.responses.size).toBe(0);
    expect(shop.lane().calls.size).toBe(0);
  });
});

describe('credentials of one subject', () => {
  /** `Bearer <token>` is ana's, whatever the token; each is one of its own. */
  const anas = () =>
    startEngine({ shop: upstreams.url }, operations, {
      identify: ({ authorization = '' }) =>
        authenticated('bearer', 'https://issuer.test', 'ana', {
          credential: async () => authorization.slice(7),
          credentialId: authorization,
        }),
    });

  test('share no flight and no value: one may see what another may not, or end before it', async () => {
    upstreams.otherwise = (response, { headers }) =>
      json(response, { n: 1 }, headers.authorization === 'Bearer ended' ? 401 : 200);
    shop = anas();
    const ask = async (token: string) => (await shop.ask('/api/kept', { authorization: `Bearer ${token}` })).status;
    expect(await Promise.all(['ended', 'good', 'good', 'ended'].map(ask))).toEqual([401, 200, 200, 401]);
    expect(await ask('good')).toBe(200);
    expect(upstreams.count()).toBe(2);
    expect(await ask('other')).toBe(200);
    expect(upstreams.count()).toBe(3);
  });

  test('go before our own, which share nothing with them either', async () => {
    upstreams.otherwise = (response, { headers }) => json(response, { n: headers.authorization ? 1 : 2 });
    shop = anas();
    const both = await shop.ask('/api/both', { authorization: 'Bearer good' });
    expect(both.json).toMatchObject({ ours: { n: 2 }, theirs: { n: 1 } });
    expect(upstreams.count()).toBe(2);
  });
});

describe('a store that can’t be reached while a token is asked for', () => {
  test('is a 503, and a section that is missing where it is optional', async () => {
    // Its tokens are unreadable, so that the session is to be ended; but a folder stands where the file should.
    const sessions = { state: openSqliteState(tmpdir()), seal: createSeal([randomBytes(32)]), now: Date.now };
    const session = { tokens: 'x' } as FoundSession['session'];
    const grants = {
      timeout: 1_000,
      renew: () => Promise.reject(new Error('never')),
      revoke: () => Promise.reject(new Error('never')),
    };
    const credential = () => accessTokenOf(sessions, { hash: 'h', version: 1, session }, grants);
    const identify = () => authenticated('session', 'https://issuer.test', 'ana', { credential });
    shop = startEngine({ shop: upstreams.url }, operations, { identify });
    for (const target of ['/api/mine', '/api/token']) {
      const { status, json: problem, headers } = await shop.ask(target);
      expect([status, problem.code, headers['retry-after']]).toEqual([503, 'state-unavailable', '1']);
    }
    const { status, sections } = await shop.ask('/api/perhaps');
    expect([status, sections]).toEqual([200, { it: { state: 'missing', reason: 'unavailable' } }]);
    expect([shop.reported, upstreams.count()]).toEqual([[], 0]);
  });
});
