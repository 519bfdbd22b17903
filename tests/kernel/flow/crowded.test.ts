import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { optional, required, subject } from '#kernel/flow/section.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { until } from '#tests/support/until.ts';
import { gated, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ n: z.int() });
const catalog = upstream('catalog', { timeout: 10_000, attempts: 1, parallel: 64 });
const pricing = upstream('pricing', { timeout: 10_000, attempts: 1, parallel: 1 });
const contract = {
  summary: '',
  input: z.object({ id: z.string() }),
  example: { id: '1' },
  deadline: 10_000,
  audience: 'public',
} as const;
const price = (id: string) => pricing.get(path`prices/${id}`, Thing, cache.for('60s').tagged('price'));
const product = (id: string) => catalog.get(path`products/${id}`, Thing, cache.for('60s').tagged('product'));

const operations = [
  operation(
    {
      ...contract,
      id: 'getProduct',
      route: 'GET /api/products/{id}',
      output: z.object({ product: Thing, price: Thing }),
    },
    ({ id }, { all }) => all({ product: subject(product(id)), price: required(price(id)) }, (view) => view),
  ),
  operation(
    {
      ...contract,
      id: 'getTeaser',
      route: 'GET /api/teasers/{id}',
      output: z.object({ product: Thing, price: Thing.optional() }),
    },
    ({ id }, { all }) => all({ product: subject(product(id)), price: optional(price(id)) }, (view) => view),
  ),
  operation(
    { ...contract, id: 'getPrice', route: 'GET /api/prices/{id}', output: z.object({ price: Thing }) },
    ({ id }, { all }) => all({ price: required(price(id)) }, (view) => view),
  ),
];

let products: TestUpstream;
let prices: TestUpstream;
let shop: TestEngine;
let gate: ReturnType<typeof gated>;

beforeEach(async () => {
  products = await startUpstream();
  prices = await startUpstream();
  gate = gated((response) => json(response, { n: 1 }));
  products.otherwise = (response) => json(response, { n: 1 });
  shop = startEngine({ catalog: products.url, pricing: prices.url }, operations, { deadlineScale: 1 });
});
afterEach(async () => {
  await products.close();
  await prices.close();
});

/** One call to pricing is under way, and three wait for its permit: of the four places in its queue. */
async function crowd(): Promise<Promise<unknown>[]> {
  prices.otherwise = gate.handler;
  const asked = ['a', 'b', 'c', 'd'].map((id) => shop.ask(`/api/prices/${id}`));
  await until('three wait', () => shop.lane().upstreams.get('pricing')?.bulkhead.queue.size === 3);
  return asked;
}

/** Pricing answers again. */
async function relieve(asked: readonly Promise<unknown>[]): Promise<void> {
  prices.otherwise = (response) => json(response, { n: 1 });
  gate.open();
  await Promise.all(asked);
}

const productsAsked = () => products.seen.length;

describe('where an upstream that an answer needs is crowded', () => {
  test('nothing is begun for the answer: 503, and no other upstream is asked', async () => {
    const asked = await crowd();
    const { status, json: problem } = await shop.ask('/api/products/1');
    expect([status, problem]).toEqual([503, expect.objectContaining({ code: 'overloaded' })]);
    expect(productsAsked()).toBe(0);
    const [trace] = recentTraces();
    expect(trace?.calls.map(({ section, outcome }) => [section, outcome])).toEqual([['price', 'overloaded']]);
    await relieve(asked);
    expect((await shop.ask('/api/products/1')).status).toBe(200);
  });

  test('what can do without it waits for it, and gets the rest', async () => {
    const asked = await crowd();
    const teaser = shop.ask('/api/teasers/1');
    await until('the product is asked for', () => productsAsked() === 1);
    await relieve(asked);
    expect((await teaser).json).toMatchObject({ product: { n: 1 }, price: { n: 1 } });
  });

  test('what is under way for another, or cached, needs no permit', async () => {
    prices.otherwise = (response) => json(response, { n: 1 });
    await shop.ask('/api/prices/2');
    const asked = await crowd();
    expect((await shop.ask('/api/products/2')).status).toBe(200);
    const joined = shop.ask('/api/products/b');
    await until('the product is asked for', () => productsAsked() === 2);
    await relieve(asked);
    expect((await joined).status).toBe(200);
  });
});
