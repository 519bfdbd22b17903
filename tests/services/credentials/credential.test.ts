import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { TokenClient, UpstreamCredential } from '#config/upstreams/upstream-credential.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { createCredential } from '#services/credentials/credential.ts';
import { tokenFailures } from '#services/credentials/tokens.ts';
import { startEngine, type TestEngine, tokenOf } from '#tests/support/engine.ts';
import { freePort } from '#tests/support/host.ts';
import { UNHURRIED } from '#tests/support/patience.ts';
import { startIssuer, type TestIssuer } from '#tests/support/token-issuer.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const SECRET = 'CANARY-of-the-client/with+signs=';
const Thing = z.object({ id: z.string() });
const http = upstream('things', { timeout: 1_000, attempts: 1, parallel: 8 });
const contract = { summary: '', input: z.object({ id: z.string() }), example: { id: '1' }, deadline: 2_000 } as const;
const output = z.object({ thing: Thing });

const getThing = operation(
  { ...contract, id: 'getThing', audience: 'public', route: 'GET /api/things/{id}', output },
  ({ id }, { all }) =>
    all({ thing: required(http.get(path`things/${id}`, Thing, cache.none.tagged('t'))) }, ({ thing }) => ({ thing })),
);
const getMine = operation(
  { ...contract, id: 'getMine', audience: 'personal', route: 'GET /api/mine/{id}', output },
  ({ id }, { all }) => all({ thing: required(http.asUser.get(path`mine/${id}`, Thing)) }, ({ thing }) => ({ thing })),
);

let things: TestUpstream;
let issuer: TestIssuer;
let warnings: string[];
/** Answers to the holder of a token that lives. */
beforeEach(async () => {
  things = await startUpstream();
  things.otherwise = async (response, { headers }) => {
    const holder = await issuer.holderOf(headers.authorization);
    json(response, holder === undefined ? { error: 'unauthorized' } : { id: holder }, holder === undefined ? 401 : 200);
  };
  issuer = await startIssuer(SECRET);
  warnings = [];
});
afterEach(() => Promise.all([things.close(), issuer.close()]));

const client = (more: Partial<TokenClient> = {}): TokenClient => ({
  url: issuer.tokenUrl,
  clientId: 'things',
  clientSecret: SECRET,
  clientKeyFile: undefined,
  scope: 'read',
  ...more,
});

function begin(told: UpstreamCredential, deadlineScale = UNHURRIED): TestEngine {
  const warn = (message: string) => warnings.push(message);
  const credential = createCredential('things', told, { deadlineScale, warn });
  const upstreams = { things: { url: things.url, mocked: false, credential } };
  return startEngine({}, [getThing, getMine], { upstreams, deadlineScale });
}

const authorizations = () => things.seen.map(({ headers }) => headers.authorization);
const breaker = (shop: TestEngine) => shop.lane().upstreams.get('things')?.breaker;
const idOf = ({ json }: { json: Record<string, unknown> }) => (json.thing as { id: string } | undefined)?.id;

describe('a key', () => {
  test('goes in the field that the upstream reads, beside a user’s own token', async () => {
    const shop = begin({ field: ['x-api-key', 'k-1'] });
    things.otherwise = (response) => json(response, { id: '1' });
    await shop.ask('/api/things/1');
    await shop.ask('/api/mine/1', { authorization: 'Bearer ana' });
    expect(things.seen.map(({ headers }) => headers['x-api-key'])).toEqual(['k-1', 'k-1']);
    expect(authorizations()).toEqual([undefined, `Bearer ${tokenOf('ana')}`]);
  });

  test('of the same field gives way to a user’s own token', async () => {
    const shop = begin({ field: ['authorization', 'Key k-1'] });
    things.otherwise = (response) => json(response, { id: '1' });
    await shop.ask('/api/things/1');
    await shop.ask('/api/mine/1', { authorization: 'Bearer ana' });
    expect(authorizations()).toEqual(['Key k-1', `Bearer ${tokenOf('ana')}`]);
  });
});

describe('a token of ours', () => {
  test('is had once for all calls', async () => {
    const shop = begin({ token: client() });
    const answers = await Promise.all([1, 2, 3, 4].map((id) => shop.ask(`/api/things/${id}`)));
    expect(answers.map(idOf)).toEqual(['things', 'things', 'things', 'things']);
    expect(issuer.granted).toMatchObject([{ params: { grant_type: 'client_credentials', scope: 'read' } }]);
  });

  test('that is refused is renewed once, and the call sent again', async () => {
    const shop = begin({ token: client() });
    await shop.ask('/api/things/1');
    await issuer.revoke(authorizations()[0]);
    const again = await Promise.all([2, 3].map((id) => shop.ask(`/api/things/${id}`)));
    expect(again.map(({ status }) => status)).toEqual([200, 200]);
    expect(issuer.granted).toHaveLength(2);
  });

  test('that is refused whatever it is fails as ours, and is not asked for over and over', async () => {
    const shop = begin({ token: client() });
    things.otherwise = (response) => json(response, {}, 401);
    for (let id = 0; id < 5; id++) expect((await shop.ask(`/api/things/${id}`)).status).toBe(502);
    expect(issuer.granted).toHaveLength(2);
  });

  test('leaves a user’s own token alone where none is to be exchanged', async () => {
    const shop = begin({ token: client() });
    things.otherwise = (response) => json(response, { id: '1' });
    await shop.ask('/api/mine/1', { authorization: 'Bearer ana' });
    expect(authorizations()).toEqual([`Bearer ${tokenOf('ana')}`]);
    expect(issuer.granted).toEqual([]);
  });

  test.each(['ec', 'rsa'] as const)('is had by a signature of a key (%s) as well', async (type) => {
    const { privateKey, publicKey } =
      type === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const folder = mkdtempSync(join(tmpdir(), 'tributary-key-'));
    const file = join(folder, 'client.pem');
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await issuer.close();
    issuer = await startIssuer(SECRET, { clientKey: publicKey.export({ format: 'jwk' }) });
    const shop = begin({ token: client({ clientId: 'signed', clientSecret: undefined, clientKeyFile: file }) });
    expect(idOf(await shop.ask('/api/things/1'))).toBe('signed');
    rmSync(folder, { recursive: true });
  });
});

describe('a token endpoint', () => {
  test.each([
    ['that refuses our client', { clientSecret: 'another' }, undefined, 'invalid_client'],
    ['that is broken', {}, 500, 'OAUTH_RESPONSE_IS_NOT_CONFORM'],
    ['that is not there', undefined, undefined, 'ECONNREFUSED'],
  ] as const)('%s is no fault of the upstream', async (_, wrong, status, word) => {
    const shop = begin({ token: client(wrong ?? { url: `http://127.0.0.1:${await freePort()}/token` }) });
    if (status) issuer.fault = (response) => response.writeHead(status).end('broken');
    for (let id = 0; id < 8; id++) expect((await shop.ask(`/api/things/${id}`)).status).toBe(502);
    expect(things.seen).toEqual([]);
    expect(breaker(shop)?.state ?? 'closed').toBe('closed');
    expect(recentTraces()[0]?.calls[0]).toMatchObject({ upstream: 'things', outcome: 'unavailable' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(new RegExp(`^things: no token from http://127\\.0\\.0\\.1:\\d+: ${word}$`));
    expect(tokenFailures()).toMatchObject([{ upstream: 'things' }]);
    // Eight calls one after the other: a pause lies between two attempts.
    expect(issuer.granted.length).toBeLessThanOrEqual(2);
  });

  test('that does not answer is not waited for longer than the call has', async () => {
    const shop = begin({ token: client() }, 1);
    issuer.fault = () => undefined;
    expect((await shop.ask('/api/things/1')).status).toBe(502);
    expect(recentTraces()[0]?.calls[0]).toMatchObject({ outcome: 'unavailable', wire: { attempts: 0 } });
    expect(breaker(shop)?.state ?? 'closed').toBe('closed');
  });

  test('that is back is found to be so', async () => {
    let now = 0;
    const credential = createCredential('things', { token: client() }, { deadlineScale: UNHURRIED, now: () => now });
    const upstreams = { things: { url: things.url, mocked: false, credential } };
    const shop = startEngine({}, [getThing], { upstreams });
    issuer.fault = (response) => response.writeHead(503).end();
    expect((await shop.ask('/api/things/1')).status).toBe(502);
    issuer.fault = undefined;
    now = 20_000;
    expect((await shop.ask('/api/things/1')).status).toBe(200);
    expect(tokenFailures()).toEqual([]);
  });
});

describe('a user’s token', () => {
  const as = (shop: TestEngine, user: string, id = 1) =>
    shop.ask(`/api/mine/${id}`, { authorization: `Bearer ${user}` });

  test('is exchanged for one of that user, and never another’s', async () => {
    const shop = begin({ token: client({ exchange: true, audience: 'urn:test:things' }) });
    const users = Array.from({ length: 40 }, (_, at) => `user${at}`);
    const rounds = await Promise.all([...users, ...users, ...users].map((user, at) => as(shop, user, at)));
    expect(rounds.map(idOf)).toEqual([...users, ...users, ...users]);
    expect(issuer.granted).toHaveLength(users.length);
    expect(issuer.granted[0]?.params).toMatchObject({ audience: 'urn:test:things', scope: 'read' });
    expect(authorizations().some((one) => one?.includes(tokenOf('user1')))).toBe(false);
  });

  test('that was exchanged is exchanged again where the upstream refuses what came of it', async () => {
    const shop = begin({ token: client({ exchange: true }) });
    await as(shop, 'ana');
    await as(shop, 'ben');
    await issuer.revoke(authorizations()[0]);
    expect(idOf(await as(shop, 'ana'))).toBe('ana');
    expect(idOf(await as(shop, 'ben'))).toBe('ben');
    expect(issuer.granted).toHaveLength(3);
  });

  test('that the issuer does not take is that user’s 401, and no other', async () => {
    const shop = begin({ token: client({ exchange: true }) });
    issuer.unknown.add('eve');
    expect((await as(shop, 'eve')).status).toBe(401);
    expect(idOf(await as(shop, 'ana'))).toBe('ana');
    expect(tokenFailures()).toEqual([]);
  });

  test('is not what calls without a user carry', async () => {
    const shop = begin({ token: client({ exchange: true }) });
    expect(idOf(await shop.ask('/api/things/1'))).toBe('things');
  });
});

test('no secret and no token is shown: not in answers, traces, warnings, failures, nor in keys', async () => {
  const shop = begin({ token: client({ exchange: true }) });
  const told: unknown[] = [];
  const ask = async (target: string, user?: string) =>
    told.push(await shop.ask(target, user === undefined ? {} : { authorization: `Bearer ${user}` }));
  await ask('/api/things/1');
  await ask('/api/mine/1', 'ana');
  issuer.unknown.add('eve');
  await ask('/api/mine/1', 'eve');
  const tokens = authorizations().map((one = '') => one.slice('Bearer '.length));
  expect(tokens).toHaveLength(2);
  issuer.fault = (response) =>
    response
      .writeHead(400, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: 'invalid_client', error_description: `${SECRET} ${tokens.join(' ')}` }));
  await ask('/api/mine/1', 'ben');
  const keys = [...processSingleton('exchanged tokens', () => new Map<string, Map<string, unknown>>())].flatMap(
    ([name, states]) => [name, ...states.keys()],
  );
  expect(keys.length).toBeGreaterThan(2);
  const all = JSON.stringify([told, recentTraces(), warnings, tokenFailures(), keys, shop.reported]);
  const flights = [...shop.lane().flights.keys(), ...shop.lane().calls.keys()].join();
  for (const canary of [SECRET, encodeURIComponent(SECRET), ...tokens, tokenOf('ana'), tokenOf('eve')]) {
    expect(all).not.toContain(canary);
    expect(flights).not.toContain(canary);
  }
  for (const key of keys) expect(key).toMatch(/^(?:things|[\w-]{43})$/);
});
