import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { optional, required, subject } from '#kernel/flow/section.ts';
import { compose } from '#kernel/flow/tools.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { until } from '#tests/support/until.ts';
import { gated, hang, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';
import { startVirtualTime } from '#tests/support/virtual-time.ts';

const Thing = z.object({ n: z.int() });
const http = upstream('shop', { timeout: 500, attempts: 1, parallel: 32 });
const policy = cache.for('60s').staleOnError('1d').tagged('all');
const call = (name: string, id: string) => http.get(path`${name}/${id}`, Thing, policy);
const contract = {
  summary: '',
  audience: 'public',
  input: z.object({ id: z.string() }),
  example: { id: '1' },
  output: z.object({ values: z.record(z.string(), z.unknown()) }),
  deadline: 1_000,
} as const;

const related = (id: string) =>
  compose(({ all }) =>
    Promise.resolve(
      all({ list: required(call('list', id)), prices: optional(call('prices', id), { n: -1 }) }, (values) => values),
    ),
  );
const inTurn = (id: string) =>
  compose(async ({ need, all }) => {
    const { n } = await need(call('first', id));
    return all({ second: required(call('second', String(n))) });
  });

const getPage = operation(
  { ...contract, id: 'getPage', route: 'GET /api/pages/{id}', parts: ['rating', 'related'] },
  ({ id }, { all }) =>
    all(
      {
        product: subject(call('product', id)),
        price: required(call('price', id)),
        stock: optional(call('stock', id)),
        rating: optional(call('rating', id), { n: 0 }),
        related: optional(related(id)),
      },
      (values) => ({ values: JSON.parse(JSON.stringify(values)) as Record<string, unknown> }),
    ),
);
const getTurns = operation({ ...contract, id: 'getTurns', route: 'GET /api/turns/{id}' }, ({ id }, { all }) =>
  all({ turns: required(inTurn(id)) }, ({ turns }) => ({ values: turns })),
);
const getNeed = operation({ ...contract, id: 'getNeed', route: 'GET /api/need/{id}' }, async ({ id }, { need }) => ({
  values: { it: await need(call('it', id)) },
}));

const OPERATIONS = [getPage, getTurns, getNeed];

let upstreams: TestUpstream;
let shop: TestEngine;
const fine = { n: 1 };
const whole = { product: fine, price: fine, stock: fine, rating: fine, related: { list: fine, prices: fine } };

beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = (response) => json(response, fine);
  shop = startEngine({ shop: upstreams.url }, OPERATIONS);
});
afterEach(() => upstreams.close());

describe('sections', () => {
  test('all start at once, nested ones too', async () => {
    const gate = gated((response) => json(response, fine));
    upstreams.otherwise = gate.handler;
    const asked = shop.ask('/api/pages/1');
    await until('six calls are out', () => gate.waiting() === 6);
    gate.open();
    const { status, json: body } = await asked;
    expect(status).toBe(200);
    expect(body).toEqual({ values: whole, meta: { complete: true, sections: {} } });
  });

  test('that need one another go in turn', async () => {
    upstreams.on('/first/', (response) => json(response, { n: 7 }));
    await shop.ask('/api/turns/1');
    expect(upstreams.seen.map(({ path: asked }) => asked)).toEqual(['/first/1', '/second/7']);
  });

  test.each(['product', 'price'])('abort their siblings when %s fails, and the upstream sees it', async (name) => {
    const failing = gated((response) => json(response, {}, 500));
    upstreams.otherwise = hang;
    upstreams.on(`/${name}/`, failing.handler);
    const asked = shop.ask('/api/pages/1');
    await until('six calls are out', () => upstreams.count() === 6);
    failing.open();
    const { status, json: problem } = await asked;
    expect([status, problem.code, problem.detail]).toEqual([
      502,
      'upstream-failed',
      `The section "${name}" could not be had.`,
    ]);
    await until('five calls are aborted', () => upstreams.seen.filter(({ aborted }) => aborted).length === 5);
    expect(shop.lane().flights.size).toBe(0);
    expect(shop.lane().upstreams.get('shop')?.breaker.consecutive).toBe(1);
  });

  test('that are optional fall back, and the answer says which and why', async () => {
    const time = await startVirtualTime();
    onTestFinished(time.end);
    shop = startEngine({ shop: upstreams.url }, OPERATIONS);
    upstreams.on('/stock/', (response) => json(response, {}, 500));
    upstreams.on('/rating/', (response) => json(response, { n: 'drifted' }));
    upstreams.on('/prices/', hang);
    const { status, json: body, headers } = await shop.ask('/api/pages/1');
    expect(status).toBe(200);
    expect(body.values).toEqual({
      product: fine,
      price: fine,
      rating: { n: 0 },
      related: { list: fine, prices: { n: -1 } },
    });
    expect(body.meta).toEqual({
      complete: false,
      sections: {
        stock: { state: 'missing', reason: 'unavailable' },
        rating: { state: 'fallback', reason: 'contract' },
        'related.prices': { state: 'fallback', reason: 'timeout' },
      },
    });
    expect(headers['section-status']?.split(', ').sort()).toEqual([
      'rating=fallback;reason=contract',
      'related.prices=fallback;reason=timeout',
      'stock=missing;reason=unavailable',
    ]);
    expect(headers['cache-control']).toBe('no-store');
    expect(shop.engine.responses.size).toBe(0);
  });

  test('nested in one that fails entirely are not listed beside it', async () => {
    const [list, stock] = [gated((response) => json(response, {}, 500)), gated((response) => json(response, fine))];
    upstreams.on('/prices/', hang);
    upstreams.on('/list/', list.handler);
    upstreams.on('/stock/', stock.handler);
    const asked = shop.ask('/api/pages/1');
    await until('six calls are out', () => upstreams.count() === 6);
    list.open();
    await until('the nested one is aborted', () => upstreams.seen.some(({ aborted }) => aborted));
    stock.open();
    const { sections } = await asked;
    expect(sections).toEqual({ related: { state: 'missing', reason: 'unavailable' } });
  });

  test('that were not asked for are absent, and no upstream is asked for them', async () => {
    const { json: body } = await shop.ask('/api/pages/1?parts=rating');
    expect(body.values).toEqual({ product: fine, price: fine, stock: fine, rating: fine });
    expect(upstreams.count('/list/') + upstreams.count('/prices/')).toBe(0);
    expect(shop.engine.responses.size).toBe(0);
    expect((await shop.ask('/api/pages/1?parts=')).json.values).toEqual({ product: fine, price: fine, stock: fine });
    expect((await shop.ask('/api/pages/1?parts=rating,nothing')).json.code).toBe('unknown-part');
  });
});

describe('what is missing upstream', () => {
  test.each<[string, number, string]>([
    ['product', 404, 'not-found'],
    ['price', 502, 'upstream-failed'],
  ])('as %s is our %i', async (name, status, code) => {
    upstreams.on(`/${name}/`, (response) => json(response, {}, 404));
    const answer = await shop.ask('/api/pages/1');
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect((await shop.ask('/api/pages/1')).status).toBe(status);
    expect(upstreams.count(`/${name}/`)).toBe(1);
  });

  test('is asked about the subject: what it must have may be missing first, and it is a 404 all the same', async () => {
    const product = gated((response) => json(response, {}, 404));
    upstreams.on('/product/', product.handler);
    upstreams.on('/price/', (response) => json(response, {}, 404));
    const asked = shop.ask('/api/pages/1');
    await until('all but the subject are there', () => upstreams.count() === 6 && upstreams.busySockets() === 1);
    product.open();
    expect((await asked).status).toBe(404);
  });

  test('as an optional section is its fallback', async () => {
    upstreams.on('/rating/', (response) => json(response, {}, 404));
    const { sections } = await shop.ask('/api/pages/1');
    expect(sections).toEqual({ rating: { state: 'fallback', reason: 'not-found' } });
  });

  test('within a composition is never our 404, nor what code awaits', async () => {
    upstreams.on('/second/', (response) => json(response, {}, 404));
    upstreams.on('/it/', (response) => json(response, {}, 404));
    expect((await shop.ask('/api/turns/1')).status).toBe(502);
    expect((await shop.ask('/api/need/1')).status).toBe(502);
  });
});

describe('an old value', () => {
  const warm = async (target = '/api/pages/1') => {
    await shop.ask(target);
    shop.purge('all');
  };

  test('is served when its upstream fails, and the answer says since when', async () => {
    const before = Date.now();
    await warm();
    upstreams.on('/price/', (response) => json(response, {}, 500));
    const { status, json: body, sections, headers } = await shop.ask('/api/pages/1');
    expect(status).toBe(200);
    expect(body.values).toEqual(whole);
    expect(sections).toEqual({ price: { state: 'stale', reason: 'unavailable', since: expect.any(String) } });
    const since = Date.parse(sections.price?.since ?? '');
    expect(since).toBeGreaterThanOrEqual(before);
    expect(since).toBeLessThanOrEqual(Date.now());
    expect(headers['section-status']).toBe(`price=stale;reason=unavailable;since=@${Math.floor(since / 1_000)}`);
    expect(headers['cache-control']).toBe('no-store');
  });

  test('stands in for a required section that drifted, but an optional one has its fallback', async () => {
    await warm();
    upstreams.on('/price/', (response) => json(response, { n: 'x' }));
    upstreams.on('/rating/', (response) => json(response, { n: 'x' }));
    const { status, sections, json: body } = await shop.ask('/api/pages/1');
    expect(status).toBe(200);
    expect(sections).toEqual({
      price: { state: 'stale', reason: 'contract', since: expect.any(String) },
      rating: { state: 'fallback', reason: 'contract' },
    });
    expect((body.values as typeof whole).rating).toEqual({ n: 0 });
  });

  test('does not stand in for what its upstream says is gone', async () => {
    await warm();
    upstreams.on('/product/', (response) => json(response, {}, 404));
    expect((await shop.ask('/api/pages/1')).status).toBe(404);
  });

  test('stands in at the deadline too', async () => {
    await warm();
    upstreams.on('/price/', hang);
    const { status, sections } = await shop.ask('/api/pages/1', { 'x-deadline-ms': '200' });
    expect(status).toBe(200);
    expect(sections.price).toMatchObject({ state: 'stale', reason: 'timeout' });
  });

  test('of a call that code awaits is reported under a name', async () => {
    await warm('/api/need/1');
    upstreams.on('/it/', (response) => json(response, {}, 500));
    const { status, sections } = await shop.ask('/api/need/1');
    expect(status).toBe(200);
    expect(Object.keys(sections)).toHaveLength(1);
    expect(Object.keys(sections)).not.toContain('');
  });
});
