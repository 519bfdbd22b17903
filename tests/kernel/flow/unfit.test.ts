import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { created, found } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { eachOf, optional, required, subject } from '#kernel/flow/section.ts';
import { compose } from '#kernel/flow/tools.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { until } from '#tests/support/until.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

/** Any number is let through; the view takes none that is negative, and not every one is a moment. */
const Thing = z.object({ n: z.number(), at: z.number().default(0) });
const policy = cache.for('60s').staleOnError('1d').tagged('all');
const shop = upstream('shop', { timeout: 4_000, attempts: 1, parallel: 32 });
const call = (name: string, id: string) => shop.get(path`${name}/${id}`, Thing, policy);
const Shown = z.object({ n: z.int().nonnegative(), at: z.iso.datetime() });
const shown = ({ n, at }: z.infer<typeof Thing>) => ({ n, at: new Date(at).toISOString() });
const contract = {
  summary: '',
  audience: 'public',
  input: z.object({ id: z.string() }),
  example: { id: '1' },
  deadline: 5_000,
} as const;

const MANY = Array.from({ length: 64 }, (_, index) => `m${index}`);

const more = (id: string) =>
  compose(({ all }) =>
    all({
      each: optional(
        eachOf(['a', 'b', 'c', id], (one) => call('each', one)),
        {},
      ),
    }),
  );

const getPage = operation(
  {
    ...contract,
    id: 'getPage',
    route: 'GET /api/pages/{id}',
    output: z.object({
      product: Shown,
      stock: Shown.optional(),
      rating: Shown.optional(),
      more: z.array(Shown).optional(),
      sum: z.int().optional(),
    }),
  },
  ({ id }, { all }) =>
    all(
      {
        product: subject(call('product', id)),
        stock: optional(call('stock', id)),
        rating: optional(call('rating', id)),
        more: optional(more(id)),
      },
      ({ product, stock, rating, more: others }) => ({
        product: shown(product),
        ...(stock && { stock: shown(stock) }),
        ...(rating && { rating: shown(rating) }),
        ...(others && { more: Object.values(others.each ?? {}).map((one) => shown(one as z.infer<typeof Thing>)) }),
        ...(stock && rating && { sum: stock.n + rating.n }),
      }),
    ),
);

let runs = 0;
const getMany = operation(
  { ...contract, id: 'getMany', route: 'GET /api/many/{id}', output: z.object({ all: z.array(Shown).optional() }) },
  (_, { all }) =>
    all(
      {
        each: optional(
          eachOf(MANY, (one) => call('each', one)),
          {},
        ),
      },
      ({ each }) => {
        runs++;
        return { all: Object.values(each ?? {}).map((one) => shown(one as z.infer<typeof Thing>)) };
      },
    ),
);

/** The same by code that awaits, not by a reshape. */
const getCode = operation(
  { ...contract, id: 'getCode', route: 'GET /api/code/{id}', output: z.object({ stock: Shown.optional() }) },
  async ({ id }, { all }) => {
    const { stock } = await all({ stock: optional(call('stock', id)) });
    return stock ? { stock: shown(stock) } : {};
  },
);

const getTwo = operation(
  { ...contract, id: 'getTwo', route: 'GET /api/two/{id}', output: z.object({ a: Shown, b: Shown }) },
  ({ id }, { all }) =>
    all({ a: required(call('product', id)), b: required(call('stock', id)) }, ({ a, b }) => ({
      a: shown(a),
      b: shown(b),
    })),
);

const getVersion = operation(
  { ...contract, id: 'getVersion', route: 'GET /api/versions/{id}', answers: { 200: Shown } },
  async ({ id }, { need }) => found(shown(await need(call('product', id))), { etag: '"1.x"' }),
);

const addThing = operation(
  { ...contract, id: 'addThing', route: 'POST /api/things/{id}', answers: { 201: Shown } },
  async ({ id }, { need }) => created(shown(await need(shop.post(path`add/${id}`, {}, Thing))), { at: '/' }),
);

const broken = operation(
  { ...contract, id: 'broken', route: 'GET /api/broken/{id}', output: z.object({}) },
  async ({ id }, { need }) => {
    await need(call('product', id));
    throw new Error('this is ours');
  },
);

let upstreams: TestUpstream;
let engine: TestEngine;
const good = { n: 1, at: 1 };

beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = (response) => json(response, good);
  engine = startEngine({ shop: upstreams.url }, [getPage, getMany, getCode, getTwo, getVersion, addThing, broken]);
});
afterEach(async () => {
  await upstreams.close();
});
const answers = (prefix: string, value: object) => upstreams.on(prefix, (response) => json(response, value));
const ledger = () =>
  [...engine.lane().ledger.values()].map(({ call: of, path: at, expected }) => `${of} ${at}: ${expected}`);

describe('an optional section that fits its schema and can’t be shown', () => {
  test.each([
    ['a moment beyond all calendars', { n: 1, at: 8.7e15 }, 'GET {}/{} : what can be shown'],
    ['a moment beyond the year 9999', { n: 1, at: 1e15 }, 'GET {}/{} : invalid_format (stock.at)'],
    ['a number that the view refuses', { n: -7, at: 1 }, 'GET {}/{} n: at least 0 (stock.n)'],
    ['a fraction', { n: 1.5, at: 1 }, 'GET {}/{} n: int (stock.n)'],
  ])('%s', async (_, value, told) => {
    answers('/stock', value);
    const { status, json: body, sections } = await engine.ask('/api/pages/1');
    expect({ status, sections }).toEqual({
      status: 200,
      sections: { stock: { state: 'missing', reason: 'contract' } },
    });
    expect(body).not.toHaveProperty('stock');
    expect(body).toMatchObject({ product: { n: 1 }, rating: { n: 1 } });
    expect(ledger()).toEqual([told]);
    expect(engine.reported).toEqual([]);
    // Nothing was asked twice, and what can't be shown is kept no longer.
    expect(upstreams.count()).toBe(7);
    answers('/stock', good);
    expect(await engine.ask('/api/pages/1')).toMatchObject({ status: 200, sections: {} });
    expect(upstreams.count()).toBe(8);
  });

  test('many at once cost a bounded number of trials: all that may be left out is', async () => {
    for (const [index, one] of MANY.entries()) if (index % 2 === 0) answers(`/each/${one}`, { n: -1 });
    runs = 0;
    const { status, json: body } = await engine.ask('/api/many/1');
    expect([status, body.all]).toEqual([200, []]);
    expect(runs).toBeLessThan(30);
    runs = 0;
    for (const one of MANY) answers(`/each/${one}`, good);
    answers('/each/m7', { n: -1 });
    expect((await engine.ask('/api/many/1')).json.all).toHaveLength(63);
    expect(runs).toBeLessThan(30);
  });

  test('two at once, and one of many in a composition of their own', async () => {
    answers('/stock', { n: -1 });
    answers('/each/b', { n: 1, at: 1e300 });
    const { status, json: body, sections } = await engine.ask('/api/pages/1');
    expect(status).toBe(200);
    expect(Object.keys(sections).sort()).toEqual(['more.each', 'stock']);
    expect(body.more).toHaveLength(3);
  });

  test('two that can’t be shown together: one of them is left out', async () => {
    answers('/stock', { n: Number.MAX_SAFE_INTEGER });
    answers('/rating', { n: Number.MAX_SAFE_INTEGER });
    const { status, sections } = await engine.ask('/api/pages/1');
    expect(status).toBe(200);
    expect(Object.keys(sections)).toHaveLength(1);
  });

  test('in code that makes its view by hand', async () => {
    answers('/stock', { n: 1, at: 8.7e15 });
    expect(await engine.ask('/api/code/1')).toMatchObject({ status: 200, sections: { stock: { reason: 'contract' } } });
  });

  test('on a stream', async () => {
    answers('/stock', { n: 1, at: 8.7e15 });
    const outlet = await engine.listen('/api/pages/1');
    await until('the snapshot', () => outlet.text.includes('"reason":"contract"'));
    expect(outlet.named('problem')).toEqual([]);
    outlet.leave();
  });
});

describe('what the answer can’t do without', () => {
  test.each(['/api/pages/1', '/api/versions/1'])('%s is 502, not 500', async (target) => {
    answers('/product', { n: 1, at: 8.7e15 });
    expect((await engine.ask(target)).json).toMatchObject({ status: 502, code: 'upstream-contract' });
    expect(ledger()).toEqual(['GET {}/{} : what can be shown']);
    answers('/product', good);
    expect((await engine.ask(target)).status).toBe(200);
  });

  test('one of several required: nothing is kept, and no upstream is accused falsely', async () => {
    answers('/stock', { n: -1 });
    expect((await engine.ask('/api/two/1')).status).toBe(502);
    expect(ledger()).toEqual([]);
    answers('/stock', good);
    expect((await engine.ask('/api/two/1')).status).toBe(200);
  });

  test('a mistake of ours stays one', async () => {
    expect((await engine.ask('/api/broken/1')).status).toBe(500);
    expect(ledger()).toEqual([]);
  });
});

test('a write that was done, and whose answer can’t be shown, is reported as done', async () => {
  answers('/add', { n: -1 });
  const { json: body } = await engine.ask('/api/things/1', {}, { method: 'POST' });
  expect(body).toMatchObject({ status: 502, code: 'outcome-unknown' });
  expect(body.detail).toContain('It was done');
});
