import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { load } from '#kernel/base/load/load.ts';
import { cache } from '#kernel/cache/policy.ts';
import { done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { optional, required } from '#kernel/flow/section.ts';
import { answer } from '#kernel/http/pipeline/answer.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { delayLoop } from '#tests/support/steady-loop.ts';
import { until } from '#tests/support/until.ts';
import { gated, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ n: z.int() });
const http = upstream('shop', { timeout: 10_000, attempts: 1, parallel: 64 });
const contract = { summary: '', input: z.object({ id: z.string() }), example: { id: '1' }, deadline: 10_000 } as const;
const output = z.object({ thing: Thing, extra: Thing.optional(), more: Thing.optional() });

const operations = [
  operation(
    { ...contract, id: 'getThing', route: 'GET /api/things/{id}', audience: 'public', output },
    ({ id }, { all }) =>
      all(
        {
          thing: required(http.get(path`things/${id}`, Thing, cache.for('60s').tagged(`thing:${id}`))),
          extra: optional(http.get(path`extra/${id}`, Thing, cache.for('60s').tagged('extra'))),
          more: optional(http.get(path`more/${id}`, Thing, cache.for('60s').tagged('more'))),
        },
        (view) => view,
      ),
  ),
  operation(
    {
      ...contract,
      id: 'getMine',
      route: 'GET /api/mine/{id}',
      audience: 'personal',
      output: z.object({ thing: Thing }),
    },
    ({ id }, { all }) => all({ thing: required(http.asUser.get(path`mine/${id}`, Thing)) }, (view) => view),
  ),
  operation(
    { ...contract, id: 'postThing', route: 'POST /api/things/{id}', audience: 'public', answers: { 204: undefined } },
    async ({ id }, { need }) => {
      await need(http.post(path`write/${id}`, {}, Thing));
      return done();
    },
  ),
  operation(
    {
      ...contract,
      id: 'probe',
      route: 'GET /api/probe',
      audience: 'public',
      input: z.object({}),
      example: {},
      probe: true,
      output: z.object({}),
    },
    async () => ({}),
  ),
];

const BEARER = { authorization: 'Bearer ada' };
let things: TestUpstream;
let shop: TestEngine;

beforeEach(async () => {
  things = await startUpstream();
  things.otherwise = (response) => json(response, { n: 1 });
  shop = startEngine({ shop: things.url }, operations, { deadlineScale: 1 });
  Object.assign(load().limit, { limit: 10, judgedAt: Number.POSITIVE_INFINITY });
});
afterEach(() => things.close());

/** As if so much were under way. */
const working = (underWay: number) => {
  load().underWay = underWay;
};

describe('where there is more to do than can be done', () => {
  test('anonymous reads are refused first, then personal ones, then writes: 503, Retry-After, and nothing is asked upstream', async () => {
    const ways = {
      anonymous: () => shop.ask('/api/things/1'),
      personal: () => shop.ask('/api/mine/1', BEARER),
      write: () => shop.ask('/api/things/1', {}, { method: 'POST' }),
    };
    for (const [underWay, refused] of [
      [8, ['anonymous']],
      [9, ['anonymous', 'personal']],
      [10, ['anonymous', 'personal', 'write']],
    ] as const) {
      for (const [name, ask] of Object.entries(ways)) {
        working(underWay);
        const before = things.seen.length;
        const { status, json: problem, headers } = await ask();
        expect([name, status === 503]).toEqual([name, (refused as readonly string[]).includes(name)]);
        if (status !== 503) continue;
        expect(problem).toMatchObject({ code: 'overloaded', status: 503 });
        expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
        expect(things.seen.length).toBe(before);
      }
      shop.purge('thing:1');
    }
    expect(load().counts.write.refused).toBe(1);
  });

  test('what is cached is never refused, nor that it is still the same', async () => {
    const { headers } = await shop.ask('/api/things/1');
    working(1_000);
    expect((await shop.ask('/api/things/1')).status).toBe(200);
    expect((await shop.ask('/api/things/1', { 'if-none-match': headers.etag ?? '' })).status).toBe(304);
    expect((await shop.ask('/api/things/2')).status).toBe(503);
  });

  test('a request for what is being composed for another waits with it', async () => {
    const gate = gated((response) => json(response, { n: 1 }));
    things.on('/things/3', gate.handler);
    const first = shop.ask('/api/things/3');
    await until('it waits', () => gate.waiting() === 1);
    working(1_000);
    const second = shop.ask('/api/things/3');
    gate.open();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(things.count('/things/3')).toBe(1);
  });

  test('a refusal waits for nothing', () => {
    working(1_000);
    const { engine } = shop;
    const asked = (target: string) =>
      answer(engine, engine.routes, {
        method: 'GET',
        target,
        headers: {},
        body: undefined,
        address: '',
        gone: new Cancellation(),
      });
    expect(asked('/api/things/1')).toMatchObject({ status: 503 });
    expect(asked('/api/things/1?wrong=1')).toMatchObject({ status: 400 });
    expect(asked('/api/nothing')).toMatchObject({ status: 404 });
  });

  test('probes are never refused', async () => {
    working(1_000);
    expect((await shop.ask('/api/probe')).status).toBe(200);
  });

  test('mistakes are still reported as what they are', async () => {
    working(1_000);
    expect((await shop.ask('/api/things/1?wrong=1')).status).toBe(400);
    expect((await shop.ask('/api/nothing')).status).toBe(404);
  });

  test('optional sections are left out before any request is refused, but for what the cache has', async () => {
    await shop.ask('/api/things/1');
    shop.purge('thing:1', 'more');
    delayLoop(50);
    working(5);
    const before = things.count('/more');
    const { status, sections, json: view } = await shop.ask('/api/things/1');
    expect([status, view.thing, view.extra]).toEqual([200, { n: 1 }, { n: 1 }]);
    // An old value stands in where there is one.
    expect(sections).toEqual({ more: { state: 'stale', reason: 'busy', since: expect.any(String) } });
    working(5);
    expect((await shop.ask('/api/things/2')).sections).toEqual({
      extra: { state: 'missing', reason: 'busy' },
      more: { state: 'missing', reason: 'busy' },
    });
    expect(things.count('/more')).toBe(before);
    expect(load().leftOut).toBe(3);
  });

  test('a refusal gives its place back, as does whatever ends in another way', async () => {
    working(0);
    things.otherwise = (response) => json(response, {}, 500);
    await Promise.all([
      shop.ask('/api/things/1'),
      shop.ask('/api/things/%FF'),
      shop.ask('/api/mine/1'),
      shop.ask('/api/things/1', {}, { method: 'POST' }),
      shop.ask('/api/things/1', { accept: 'image/png' }),
    ]);
    working(load().underWay + 1_000);
    await shop.ask('/api/things/9');
    expect(load().underWay).toBe(1_000);
  });

  test('of those refused a sample is traced, so that the ring keeps what was answered', async () => {
    working(1_000);
    for (let asked = 0; asked < 200; asked++) await shop.ask(`/api/things/${asked}`);
    expect(load().counts.anonymous.refused).toBe(200);
    expect(recentTraces().filter(({ status }) => status === 503)).toHaveLength(2);
  });
});
