import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processSingleton } from '#kernel/base/registry.ts';
import { findHit } from '#kernel/http/read/hit.ts';
import { cookieJar } from '#kernel/identity/cookies.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { OPERATIONS } from '#tests/support/operations.ts';
import { after, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

let upstreams: TestUpstream;
let shop: TestEngine;

beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = (response, { headers }) => {
    const lane = headers['x-scenario'];
    if (lane === 'shop=down') return json(response, {}, 503);
    if (lane === 'shop=drifted') return json(response, { n: 'x', more: 1 });
    json(response, { n: lane === undefined ? 0 : 7 });
  };
  shop = startEngine({ shop: upstreams.url }, OPERATIONS);
});
afterEach(() => upstreams.close());

const under = (scenario: string) => ({ 'x-scenario': scenario });

describe('where nothing is mocked', () => {
  const live = { playable: false, read: () => ({ problem: 'shop is live here' }), header: () => undefined };
  beforeEach(() => {
    shop = startEngine({ shop: upstreams.url }, OPERATIONS, { scenarios: live });
  });

  test.each<[string, string, Record<string, string>]>([
    ['a cookie', '', { cookie: 'scenario=shop%3Ddown' }],
    ['a cookie of nonsense', '', { cookie: 'a=b; scenario=%ff' }],
    ['two cookies', '', { cookie: 'scenario=a; scenario=b' }],
    ['a cookie named for the host', '', { cookie: '__Host-scenario=shop%3Ddown' }],
    ['a query', '?scenario=shop%3Ddown', {}],
    ['a query of nonsense', '?scenario=nonsense', {}],
  ])('%s is not read, kept answer or not', async (_, query, headers) => {
    const target = `/api/things/1${query}`;
    const first = await shop.ask(target, headers);
    expect([first.status, first.headers['cache-control']]).toEqual([200, 'public, no-cache']);
    const again = await shop.ask(target, headers);
    expect([again.status, again.text]).toEqual([200, first.text]);
    const etag = { 'if-none-match': first.headers.etag ?? '' };
    expect(findHit(shop.engine, target, { ...headers, ...etag })?.status).toBe(304);
  });

  test('a header still says that there is nothing to play', async () => {
    expect((await shop.ask('/api/things/1', under('shop=down'))).json).toMatchObject({ code: 'bad-scenario' });
  });
});

describe('behind https', () => {
  beforeEach(() => {
    shop = startEngine({ shop: upstreams.url }, OPERATIONS, { cookies: cookieJar('https://shop.test') });
  });

  test.each<[string, string, number]>([
    ['the host’s own', '__Host-scenario=shop%3Dslow', 7],
    ['one of a sibling', 'scenario=shop%3Dslow', 0],
    ['one that looks like it', '__host-scenario=shop%3Dslow', 0],
    ['both', 'scenario=shop%3Ddown; __Host-scenario=shop%3Dslow', 7],
  ])('only the host’s own cookie is read: %s', async (_, cookie, n) => {
    await shop.ask('/api/things/1');
    expect((await shop.ask('/api/things/1', { cookie })).json.thing).toEqual({ n });
  });
});

describe('lanes', () => {
  test('are named to the upstream, but for the main one', async () => {
    await shop.ask('/api/things/1', under('shop=slow'));
    await shop.ask('/api/things/1');
    expect(upstreams.seen.map(({ headers }) => headers['x-scenario'])).toEqual(['shop=slow', undefined]);
  });

  test.each<[string, string, Record<string, string>]>([
    ['header', '/api/things/1', under('shop=slow')],
    ['query', '/api/things/1?scenario=shop%3Dslow', {}],
    ['cookie', '/api/things/1', { cookie: 'a=b; scenario=shop%3Dslow' }],
  ])('are chosen by %s, and their answers are not to be kept', async (_, target, headers) => {
    const { json: body, headers: answered } = await shop.ask(target, headers);
    expect(body.thing).toEqual({ n: 7 });
    expect(answered['cache-control']).toBe('no-store');
  });

  test('share no caches', async () => {
    for (const headers of [under('shop=a'), under('shop=b'), {}, under('shop=a')])
      await shop.ask('/api/things/1', headers);
    expect(upstreams.count()).toBe(3);
    expect((await shop.ask('/api/things/1')).json.thing).toEqual({ n: 0 });
    expect(shop.lane('shop=a').calls.size).toBe(1);
    expect(shop.lane('shop=a').calls).not.toBe(shop.lane('shop=b').calls);
  });

  test('share no flights', async () => {
    upstreams.otherwise = after(20, (response) => json(response, { n: 1 }));
    const lanes = [{}, under('shop=a'), under('shop=b'), {}, under('shop=a')];
    await Promise.all(lanes.map((headers) => shop.ask('/api/live/1', headers)));
    expect(upstreams.count()).toBe(3);
  });

  test('share no breakers, budgets and ledgers, and leave nothing in the main one', async () => {
    for (let id = 0; id < 8; id++) {
      await shop.ask(`/api/things/${id}`, under('shop=down'));
      await shop.ask(`/api/things/${id}`, under('shop=drifted'));
      await shop.ask(`/api/things/${id}`, under('shop=slow'));
    }
    expect(shop.lane('shop=down').upstreams.get('shop')?.breaker.state).toBe('open');
    expect(shop.lane('shop=drifted').upstreams.get('shop')?.breaker.state).toBe('closed');
    expect(shop.lane('shop=drifted').ledger.size).toBeGreaterThan(0);
    expect(shop.lane('shop=down').ledger.size).toBe(0);
    expect(shop.lane('shop=slow').calls.size).toBe(8);

    const main = shop.lane();
    expect([main.calls.size, main.flights.size, main.batches.size, main.upstreams.size, main.ledger.size]).toEqual([
      0, 0, 0, 0, 0,
    ]);
    expect(shop.engine.responses.size).toBe(0);
    expect(shop.engine.keyByTarget.size).toBe(0);
    const { status, headers } = await shop.ask('/api/things/1');
    expect([status, headers['cache-status']]).toEqual([200, 'tributary; fwd=miss; stored']);
  });

  test('are thirty-two at most: the one unused for longest is forgotten', async () => {
    await shop.ask('/api/things/1', under('shop=kept'));
    for (let number = 0; number < 40; number++) {
      await shop.ask('/api/things/1', under(`shop=l${number}`));
      await shop.ask('/api/things/1', under('shop=kept'));
    }
    expect(processSingleton('lanes', () => ({ size: -1 })).size).toBe(32);
    expect(upstreams.seen.filter(({ headers }) => headers['x-scenario'] === 'shop=kept')).toHaveLength(1);
    await shop.ask('/api/things/1', under('shop=l0'));
    expect(upstreams.seen.filter(({ headers }) => headers['x-scenario'] === 'shop=l0')).toHaveLength(2);
  });
});
