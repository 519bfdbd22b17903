import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { callError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { totals } from '#kernel/base/time/window.ts';
import { cache } from '#kernel/cache/policy.ts';
import { done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { createClient, createPool } from '#kernel/upstream/exchange/client.ts';
import { client, startEngine, type TestEngine, tokenOf } from '#tests/support/engine.ts';
import { UNHURRIED } from '#tests/support/patience.ts';
import { until } from '#tests/support/until.ts';
import { gated, hang, json, raw, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ id: z.string() });
const TIMEOUT = 600;
const http = upstream('things', { timeout: TIMEOUT, attempts: 3, parallel: 2 });
const contract = {
  summary: '',
  audience: 'public',
  input: z.object({ id: z.string() }),
  example: { id: '1' },
  deadline: 2_000,
} as const;

const getThing = operation(
  { ...contract, id: 'getThing', route: 'GET /api/things/{id}', output: z.object({ thing: Thing }) },
  ({ id }, { all }) =>
    all({ thing: required(http.get(path`things/${id}`, Thing, cache.for('60s'))) }, ({ thing }) => ({ thing })),
);
const postThing = operation(
  { ...contract, id: 'postThing', route: 'POST /api/things/{id}', answers: { 204: undefined } },
  async ({ id }, { need }) => {
    await need(http.post(path`things/${id}`, { id }, Thing));
    return done();
  },
);
const getMine = operation(
  { ...contract, id: 'getMine', route: 'GET /api/mine/{id}', audience: 'personal', output: z.object({ thing: Thing }) },
  ({ id }, { all }) => all({ thing: required(http.asUser.get(path`mine/${id}`, Thing)) }, ({ thing }) => ({ thing })),
);
const getBoth = operation(
  { ...contract, id: 'getBoth', route: 'GET /api/both/{id}', audience: 'personal', output: z.object({ thing: Thing }) },
  ({ id }, { all }) =>
    all(
      {
        thing: required(http.get(path`things/${id}`, Thing)),
        mine: required(http.asUser.get(path`mine/${id}`, Thing)),
      },
      ({ thing }) => ({ thing }),
    ),
);

let things: TestUpstream;
let shop: TestEngine;

const begin = (deadlineScale = UNHURRIED) =>
  startEngine({ things: `${things.url}base` }, [getThing, postThing, getMine, getBoth], { deadlineScale });
beforeEach(async () => {
  things = await startUpstream();
  things.otherwise = (response) => json(response, { id: '1' });
  shop = begin();
});
afterEach(() => things.close());

const wire = () => recentTraces()[0]?.calls[0]?.wire;
const budget = () => totals(shop.lane().upstreams.get('things')?.budget ?? never(), performance.now());
const never = (): never => {
  throw new Error('the upstream was never asked');
};

/** Answers these statuses in turn, and 200 after. */
function answering(...statuses: [status: number, headers?: Record<string, string>][]): void {
  things.otherwise = (response) => {
    const [status, headers = {}] = statuses.shift() ?? [200];
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    json(response, { id: '1' }, status);
  };
}

describe('a retry', () => {
  test('cures a 503, and is taken out of the budget', async () => {
    answering([503]);
    expect((await shop.ask('/api/things/1')).status).toBe(200);
    expect(wire()).toMatchObject({ attempts: 2, status: 200 });
    expect(budget()).toEqual({ first: 1, second: 1 });
  });

  test('cures a socket that died', async () => {
    let first = true;
    things.otherwise = (response) => {
      if (first) response.destroy();
      else json(response, { id: '1' });
      first = false;
    };
    expect((await shop.ask('/api/things/1')).status).toBe(200);
    expect(things.count()).toBe(2);
  });

  test('leaves time for another attempt when the first one hangs', async () => {
    shop = begin(3);
    let first = true;
    things.otherwise = (response) => {
      if (!first) json(response, { id: '1' });
      first = false;
    };
    expect((await shop.ask('/api/things/1')).status).toBe(200);
    expect(things.count()).toBe(2);
    expect(things.seen[0]?.aborted).toBe(true);
  });

  test('never goes beyond the attempts of the menu', async () => {
    answering([503], [503], [503], [503]);
    expect((await shop.ask('/api/things/1')).status).toBe(502);
    expect(things.count()).toBe(3);
  });

  test('waits as long as a 429 asks for', async () => {
    answering([429, { 'retry-after': '0' }]);
    expect((await shop.ask('/api/things/1')).status).toBe(200);
    expect(things.count()).toBe(2);
  });

  test('is not made where the 429 asks for more time than there is, or for none', async () => {
    answering([429, { 'retry-after': '3600' }]);
    expect((await shop.ask('/api/things/1')).status).toBe(502);
    answering([429]);
    expect((await shop.ask('/api/things/2')).status).toBe(502);
    expect(things.count()).toBe(2);
    expect(budget()).toEqual({ first: 2, second: 0 });
  });

  test('is never made of a write', async () => {
    for (const status of [503, 429, 500]) {
      answering([status, { 'retry-after': '0' }]);
      expect((await shop.ask('/api/things/1', {}, { method: 'POST', body: {} })).status).toBe(502);
    }
    things.otherwise = (response) => void response.destroy();
    expect((await shop.ask('/api/things/1', {}, { method: 'POST', body: {} })).status).toBe(502);
    expect(things.count()).toBe(4);
  });

  test('stops when everybody has left', async () => {
    const gate = gated((response) => json(response, {}, 503));
    things.otherwise = gate.handler;
    const someone = client();
    const asked = shop.ask('/api/mine/1', { authorization: 'Bearer ana' }, { gone: someone.gone });
    await until('the call is out', () => things.count() === 1);
    someone.leave();
    gate.open();
    await asked;
    await until('nothing is under way', () => shop.lane().upstreams.get('things')?.bulkhead.active === 0);
    expect(things.count()).toBe(1);
  });

  test('storm is held by the budget: a failing upstream sees a fifth more, and the floor', async () => {
    things.otherwise = (response) => json(response, {}, 503);
    const breaker = () => shop.lane().upstreams.get('things')?.breaker;
    for (let number = 0; number < 40; number++) {
      await shop.ask(`/api/things/${number}`);
      Object.assign(breaker() ?? {}, { state: 'closed', consecutive: 0 });
    }
    expect(things.count()).toBeLessThanOrEqual(40 + 10 + 8 + 1);
    expect(things.count()).toBeGreaterThan(45);
  });
});

describe('what goes on the wire', () => {
  test('is below the base, under our own headers and none of the client’s', async () => {
    await shop.ask('/api/things/a%20b', {
      authorization: 'Bearer ana',
      cookie: 'session=secret',
      'x-forwarded-for': '1.2.3.4',
      'x-request-id': 'mine',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      'x-other': '1',
    });
    const [seen] = things.seen;
    expect(seen?.path).toBe('/base/things/a%20b');
    expect(Object.keys(seen?.headers ?? {}).sort()).toEqual([
      'accept',
      'connection',
      'host',
      'traceparent',
      'x-envoy-expected-rq-timeout-ms',
      'x-request-id',
    ]);
    expect(seen?.headers).toMatchObject({ accept: 'application/json', 'x-request-id': 'mine' });
    expect(seen?.headers.traceparent).toMatch(
      /^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$/,
    );
    const left = Number(seen?.headers['x-envoy-expected-rq-timeout-ms']);
    // Three fifths of the time: another attempt may have to follow.
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(0.6 * TIMEOUT * UNHURRIED);
  });

  test('says how long each attempt may take, and the last one all that is left', async () => {
    answering([503], [503]);
    await shop.ask('/api/things/1');
    const told = things.seen.map(({ headers }) => Number(headers['x-envoy-expected-rq-timeout-ms']));
    expect(told).toHaveLength(3);
    const [first = 0, second = 0, last = 0] = told;
    expect(second).toBeLessThan(first);
    expect(last).toBeGreaterThan(second);
    expect(last).toBeLessThanOrEqual(TIMEOUT * UNHURRIED);
  });

  test('carries the user’s credential where the menu asks for it, and only there', async () => {
    await shop.ask('/api/both/1', { authorization: 'Bearer ana' });
    const carried = Object.fromEntries(things.seen.map(({ path: asked, headers }) => [asked, headers.authorization]));
    expect(carried).toEqual({ '/base/mine/1': `Bearer ${tokenOf('ana')}`, '/base/things/1': undefined });
  });

  test('is nothing at all for one who has left already', async () => {
    const cancellation = new Cancellation();
    cancellation.cancel(callError('aborted', 'gone before'));
    const parcel = { headers: [], body: undefined, maxBytes: 1_000, timeout: 100, readsErrors: false, cancellation };
    await expect(createClient(things.url, createPool(things.url, 2))('GET', 'things/1', parcel)).rejects.toMatchObject({
      reason: 'aborted',
    });
    expect(things.count()).toBe(0);
  });
});

describe('a bulkhead on the wire', () => {
  test('lets two out, queues four for each of them, and turns the rest away at once', async () => {
    const gate = gated((response) => json(response, { id: '1' }));
    things.otherwise = gate.handler;
    const asked = Array.from({ length: 12 }, (_, id) => shop.ask(`/api/things/${id}`));
    await until('two are out', () => gate.waiting() === 2);
    const refused = await Promise.all(asked.slice(10));
    expect(refused.map(({ status, json: problem }) => [status, problem.code])).toEqual([
      [503, 'overloaded'],
      [503, 'overloaded'],
    ]);
    expect(refused[0]?.headers['retry-after']).toBe('1');
    for (let left = 10; left > 0; left -= 2) {
      await until('the next two are out', () => gate.waiting() === 2);
      gate.open();
    }
    const answered = await Promise.all(asked.slice(0, 10));
    expect(answered.map(({ status }) => status)).toEqual(new Array(10).fill(200));
    expect(shop.lane().upstreams.get('things')?.breaker).toMatchObject({ state: 'closed', consecutive: 0 });
  });
});

describe('a breaker on the wire', () => {
  test('opens after five failures: then the upstream is left alone, and clients learn when to come back', async () => {
    things.otherwise = (response) => json(response, {}, 500);
    for (let id = 0; id < 5; id++) expect((await shop.ask(`/api/things/${id}`)).status).toBe(502);
    const { status, json: problem, headers } = await shop.ask('/api/things/9');
    expect([status, problem.code]).toEqual([503, 'upstream-open']);
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(2);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(5);
    expect(things.count()).toBe(5);
  });

  test.each([400, 401, 403, 404, 409, 410, 422, 429])('is not opened by any number of %i', async (code) => {
    things.otherwise = (response) => json(response, {}, code);
    for (let id = 0; id < 25; id++) await shop.ask(`/api/things/${id}`);
    expect(things.count()).toBe(25);
    expect(shop.lane().upstreams.get('things')?.breaker.state).toBe('closed');
  });

  test('is closed again by whatever shows that the upstream lives, 404s as well', async () => {
    things.otherwise = (response) => json(response, {}, 500);
    for (let id = 0; id < 5; id++) await shop.ask(`/api/things/${id}`);
    const { breaker } = shop.lane().upstreams.get('things') ?? {};
    expect(breaker?.state).toBe('open');
    if (breaker) breaker.openUntil = 0;
    things.otherwise = (response) => json(response, {}, 404);
    for (let id = 10; id < 15; id++) await shop.ask(`/api/things/${id}`);
    expect(breaker).toMatchObject({ state: 'half-open', permitted: 6 });
    // Three seconds of its slow start ago it was well.
    if (breaker) breaker.wellSince = performance.now() - 3_000;
    await shop.ask('/api/things/15');
    expect(breaker?.state).toBe('closed');
  });

  test('counts an error for what it is, however much it says', async () => {
    things.otherwise = (response) => raw(response, Buffer.alloc(3_000_000, 'x'), { 'content-type': 'text/html' }, 503);
    expect((await shop.ask('/api/things/1')).json.code).toBe('upstream-failed');
    // Tried again as any 503 is, so the failures of two calls open it.
    await shop.ask('/api/things/2');
    expect(things.count()).toBeGreaterThan(2);
  });

  test('is not opened by clients who leave', async () => {
    things.otherwise = hang;
    for (let id = 0; id < 6; id++) {
      const someone = client();
      const asked = shop.ask(`/api/things/${id}`, {}, { gone: someone.gone });
      await until('the call is out', () => things.count() === id + 1);
      someone.leave();
      await asked;
    }
    await until('all sockets are closed', () => things.busySockets() === 0);
    expect(shop.lane().upstreams.get('things')?.breaker).toMatchObject({ state: 'closed', consecutive: 0 });
  });
});
