import { parseItem, parseList } from 'structured-headers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import { done, seeOther } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import type { RateLimits } from '#kernel/contract/rate-policy.ts';
import { routesOf } from '#kernel/http/engine/routing.ts';
import { answer } from '#kernel/http/pipeline/answer.ts';
import { authenticated } from '#kernel/identity/principal.ts';
import { startEngine, type TestEngine, type Told } from '#tests/support/engine.ts';
import { LONG } from '#tests/support/long.ts';
import { getThing } from '#tests/support/operations.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const N = z.object({ n: z.number() });
const contract = { summary: '', audience: 'either', input: z.object({}), example: {}, deadline: 500 } as const;
const common = { ...contract, output: N } as const;
const getEither = operation({ ...common, id: 'getEither', route: 'GET /api/either' }, async () => ({ n: 1 }));
const getMine = operation({ ...common, audience: 'personal', id: 'getMine', route: 'GET /api/mine' }, async () => ({
  n: 1,
}));
const write = operation(
  {
    ...contract,
    id: 'write',
    route: 'POST /api/notes',
    body: { kind: 'json', schema: N },
    answers: { 204: undefined },
  },
  async () => done(),
);
const writeElsewhere = operation(
  {
    ...contract,
    id: 'writeElsewhere',
    route: 'DELETE /api/notes/{id}',
    input: z.object({ id: z.string() }),
    example: { id: '1' },
    answers: { 204: undefined },
  },
  async () => done(),
);
const submit = operation(
  { ...contract, id: 'submit', route: 'POST /api/forms', answers: { 303: undefined } },
  async () => seeOther('/'),
);
const login = { ...contract, audience: 'public', answers: { 303: undefined }, limit: 'logins' } as const;
const begin = operation({ ...login, id: 'begin', route: 'GET /api/begin' }, async () => seeOther('/'));
const finish = operation({ ...login, id: 'finish', route: 'GET /api/finish' }, async () => seeOther('/'));
const probe = operation({ ...common, id: 'probe', route: 'GET /api/probe', limit: false }, async () => ({ n: 1 }));
const OPERATIONS = [getEither, getMine, write, writeElsewhere, submit, begin, finish, probe, getThing];

const LIMITS: RateLimits = {
  reads: { quota: 3, seconds: 60 },
  writes: { quota: 2, seconds: 30 },
  logins: { quota: 1, seconds: 300 },
};
const PROOF = { origin: 'http://shop.test', 'x-csrf': '1' };
const ANA = { authorization: 'Bearer ana' };
const HERE = '192.0.2.1';
const THERE = '192.0.2.2';

let upstreams: TestUpstream;
let shop: TestEngine;
beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = (response) => json(response, { n: 1 });
  shop = startEngine({ shop: upstreams.url }, OPERATIONS, { rateLimits: LIMITS });
});
afterEach(() => upstreams.close());

const get = (target: string, address = HERE, headers = {}) => shop.ask(target, headers, { address });
const post = (headers: Record<string, string> = {}, address = HERE, body: unknown = { n: 1 }) =>
  shop.ask('/api/notes', { ...PROOF, ...headers }, { method: 'POST', body, address });
/** The statuses of this many askings, one after the other. */
async function times(count: number, ask: () => Promise<Told>): Promise<number[]> {
  const statuses: number[] = [];
  for (let asked = 0; asked < count; asked++) statuses.push((await ask()).status);
  return statuses;
}

describe('who is counted', () => {
  test('is an address where no one has signed in, and no other address suffers', async () => {
    expect(await times(4, () => get('/api/either'))).toEqual([200, 200, 200, 429]);
    expect((await get('/api/either', THERE)).status).toBe(200);
  });

  test('is a principal wherever it comes from', async () => {
    expect(await times(2, () => post(ANA, HERE))).toEqual([204, 204]);
    expect((await post(ANA, THERE)).status).toBe(429);
    expect((await post({ authorization: 'Bearer bob' }, HERE)).status).toBe(204);
    expect((await post({}, HERE)).status).toBe(204);
  });

  test('is a /64 of IPv6, and one client by IPv4 however it is written', async () => {
    for (const address of ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:ffff::']) await get('/api/either', address);
    expect((await get('/api/either', '2001:db8::abcd')).status).toBe(429);
    expect((await get('/api/either', '2001:db8:0:1::1')).status).toBe(200);
  });

  test('can not be locked out by strangers at the same address', async () => {
    await times(20, () => get('/api/either'));
    await times(20, () => post());
    expect([(await get('/api/mine', HERE, ANA)).status, (await post(ANA)).status]).toEqual([200, 204]);
  });

  test('is the address where a bearer fails, where the client can’t be identified, and where another site sends for a customer', async () => {
    const bad = () => post({ authorization: 'Bearer bad' });
    expect(await times(3, bad)).toEqual([401, 401, 429]);
    expect((await post()).status).toBe(429);
    expect(await times(4, () => get('/api/mine', THERE))).toEqual([401, 401, 401, 429]);
    const identify = () => authenticated('session', 'https://issuer.test', 'ana');
    shop = startEngine({ shop: upstreams.url }, OPERATIONS, { rateLimits: LIMITS, identify });
    expect(await times(3, () => post({ origin: 'https://evil.test' }))).toEqual([403, 403, 429]);
    expect(await times(3, () => post())).toEqual([204, 204, 429]);
  });
});

describe('what is counted', () => {
  test('are writes together, reads together, and neither with the other', async () => {
    const remove = () => shop.ask('/api/notes/1', PROOF, { method: 'DELETE', address: HERE });
    expect([(await post()).status, (await remove()).status, (await remove()).status]).toEqual([204, 204, 429]);
    expect((await get('/api/either')).status).toBe(200);
    const head = () => shop.ask('/api/either', {}, { method: 'HEAD', address: HERE });
    expect(await times(3, head)).toEqual([200, 200, 429]);
  });

  test('under a policy that the contract names is each operation by itself', async () => {
    expect(await times(2, () => get('/api/begin'))).toEqual([303, 429]);
    // Who could begin can end it.
    expect(await times(2, () => get('/api/finish'))).toEqual([303, 429]);
  });

  test('are writes that are refused later, too', async () => {
    expect(await times(3, () => post({}, HERE, { n: 'one' }))).toEqual([422, 422, 429]);
  });

  test('is nothing that the contract exempts, nor under a policy that is off', async () => {
    expect(new Set(await times(10, () => get('/api/probe')))).toEqual(new Set([200]));
    shop = startEngine({ shop: upstreams.url }, OPERATIONS, { rateLimits: { reads: { quota: 1, seconds: 60 } } });
    expect(new Set(await times(10, () => post()))).toEqual(new Set([204]));
  });

  test('is no answer that is kept: who has used everything up still gets those', async () => {
    const statuses = await times(10, () => get('/api/things/1'));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await times(3, () => get('/api/either'))).toEqual([200, 200, 429]);
    expect((await get('/api/things/1')).status).toBe(200);
    expect((await get('/api/things/2')).status).toBe(429);
    // What a purge has made old has to be composed again.
    shop.purge('things');
    expect((await get('/api/things/1')).status).toBe(429);
    expect(upstreams.count()).toBe(1);
  });

  test('all at once are as many as one after the other', async () => {
    const statuses = (await Promise.all(Array.from({ length: 50 }, () => post()))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 204)).toHaveLength(2);
    expect(statuses.filter((status) => status === 429)).toHaveLength(48);
  });
});

test('the body of what is one too many is never read', async () => {
  await times(2, () => post());
  let read = false;
  const body = {
    async *[Symbol.asyncIterator]() {
      read = true;
      yield Buffer.from('{"n":1}');
    },
  };
  const headers = { ...PROOF, 'content-type': 'application/json', 'content-length': '7' };
  const inbound = { method: 'POST', target: '/api/notes', headers, body, address: HERE, gone: new Cancellation() };
  const { status } = await answer(shop.engine, routesOf(OPERATIONS), inbound);
  expect([status, read]).toEqual([429, false]);
  const other = await answer(shop.engine, routesOf(OPERATIONS), { ...inbound, address: THERE });
  expect([other.status, read]).toEqual([204, true]);
});

describe('the window', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  test('ends its time after the first request, whatever came meanwhile', async () => {
    await times(2, () => post());
    vi.advanceTimersByTime(29_500);
    const refused = await post();
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    vi.advanceTimersByTime(500);
    expect(await times(3, () => post())).toEqual([204, 204, 429]);
  });

  test('is no longer than it is, though the wall clock is put back', async () => {
    await times(2, () => post());
    vi.setSystemTime(Date.now() - 3_600_000);
    expect((await post()).headers['retry-after']).toBe('30');
    vi.advanceTimersByTime(30_000);
    expect((await post()).status).toBe(204);
  });
});

describe('what is reported', () => {
  const policy = ({ headers }: Told) => parseItem(headers['ratelimit-policy'] ?? '');
  const limit = ({ headers }: Told) => parseItem(headers.ratelimit ?? '');

  test('is the policy and what is left of it, as structured fields', async () => {
    const told = await post();
    expect(told.headers['ratelimit-policy']).toBe('"writes";q=2;w=30');
    expect(parseList(told.headers.ratelimit ?? '')).toHaveLength(1);
    expect(limit(told)).toEqual([
      'writes',
      new Map([
        ['r', 1],
        ['t', 30],
      ]),
    ]);
    expect(limit(await post())[1].get('r')).toBe(0);
  });

  test('with a 429 is a problem that says when to come back, never before the quota does', async () => {
    await times(2, () => post());
    const { status, headers, json: problem } = await post();
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      429,
      'application/problem+json',
      'no-store',
    ]);
    expect(problem).toMatchObject({
      type: 'http://shop.test/problems/too-many-requests',
      code: 'too-many-requests',
      detail: 'The 2 writes in 30 s are used up. Ask again in 30 s.',
      'violated-policies': ['writes'],
    });
    expect(headers['retry-after']).toBe('30');
    expect(headers.ratelimit).toBe('"writes";r=0;t=30');
    expect(headers['ratelimit-policy']).toBe('"writes";q=2;w=30');
  });

  test('is reported on problems of a write and on personal answers, and on 429 whatever it is', async () => {
    expect(policy(await post({}, HERE, {}))[0]).toBe('writes');
    expect(policy(await get('/api/mine', HERE, ANA))[0]).toBe('reads');
    await times(3, () => get('/api/either'));
    expect(limit(await get('/api/either'))).toEqual([
      'reads',
      new Map([
        ['r', 0],
        ['t', 60],
      ]),
    ]);
  });

  test('is nothing where the answer is everybody’s, and nothing with a redirect, which is to be followed', async () => {
    for (const told of [
      await get('/api/things/1'),
      await get('/api/either'),
      await get('/api/begin'),
      await shop.ask('/api/forms', PROOF, { method: 'POST', address: HERE }),
      await get('/api/probe'),
    ]) {
      expect(told.status).toBeLessThan(400);
      expect(told.headers).not.toHaveProperty('ratelimit');
      expect(told.headers).not.toHaveProperty('ratelimit-policy');
      expect(told.headers).not.toHaveProperty('retry-after');
    }
  });
});

describe('what is remembered', () => {
  interface Counters {
    readonly callers: { readonly size: number };
    readonly limiter: { dump(): { readonly storage: readonly unknown[] } };
  }
  const counters = () => [...processSingleton<Map<string, Counters>>('rate limits', () => new Map()).values()];
  const address = (number: number) => `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;

  /** More than are remembered. */
  const STRANGERS = LONG ? 45_000 : 21_000;

  test('is bounded whatever addresses come, and who keeps asking is not forgotten for them', async () => {
    await times(3, () => get('/api/mine', HERE, ANA));
    await times(4, () => get('/api/either', THERE));
    for (let number = 0; number < STRANGERS; number++) {
      await get('/api/either', address(number));
      if (number % 5_000 === 0) expect((await get('/api/either', THERE)).status).toBe(429);
    }
    for (const { callers, limiter } of counters()) {
      expect(callers.size).toBeLessThanOrEqual(20_000);
      expect(limiter.dump().storage.length).toBeLessThanOrEqual(20_000);
    }
    // Strangers are many; who has signed in is not forgotten for them, however long ago that was.
    expect((await get('/api/mine', HERE, ANA)).status).toBe(429);
  });

  test('keeps no process alive', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    for (let number = 0; number < 100; number++) await get('/api/either', address(number));
    expect(timers()).toBe(before);
  });

  test('names no one', async () => {
    await post(ANA);
    expect(JSON.stringify(counters().map(({ limiter }) => limiter.dump()))).not.toMatch(/ana|issuer/);
  });
});
