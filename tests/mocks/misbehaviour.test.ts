import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { misbehave } from '#mocks/misbehave.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { Cart } from '#schemas/upstream/cart.ts';
import { CatalogCategories, CatalogPage, CatalogProduct } from '#schemas/upstream/catalog.ts';
import { ContentPage } from '#schemas/upstream/content.ts';
import { Customer, CustomerAddress, CustomerAddressPage } from '#schemas/upstream/customers.ts';
import { InventoryLevel } from '#schemas/upstream/inventory.ts';
import { Order, OrderPage } from '#schemas/upstream/orders.ts';
import { PaymentIntent } from '#schemas/upstream/payments.ts';
import { PricingQuote } from '#schemas/upstream/pricing.ts';
import { Recommendations } from '#schemas/upstream/recommendations.ts';
import { ReviewPage, ReviewSummary } from '#schemas/upstream/reviews.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import { ShippingRates, ShippingTracking } from '#schemas/upstream/shipping.ts';
import { SupportConversation } from '#schemas/upstream/support.ts';
import { pause } from '#tests/support/until.ts';
import { ask, bearerOf, leaveAfter } from './ask.ts';

const SLOW = 120;
const MEBIBYTE = 1024 * 1024;
let mocks: MockServer;

beforeEach(async () => {
  mocks = await startMockServer(0, { latency: 'none', slow: SLOW });
});
afterEach(() => mocks.close());

interface Case {
  readonly upstream: string;
  readonly target: string;
  readonly post?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly schema: z.ZodType;
  /** The part of the answer that the schema is of. */
  readonly part?: (answer: Record<string, unknown[] & Record<string, unknown>>) => unknown;
  /** What `empty` comes to. */
  readonly empty: unknown;
}

const post = { productIds: ['p-000042'], currencyCode: 'EUR' };
const nothing = { productId: 'p-000042', averageRating: null, reviewCount: 0 };
const ada = { authorization: bearerOf('ada') };
const key = { authorization: 'Key secret' };
const to = { country: 'NO', postal_code: '0155' };
const CASES: readonly Case[] = [
  {
    upstream: 'catalog',
    target: 'catalog/products/p-000042',
    schema: CatalogProduct,
    empty: { error: { code: 404, message: 'no such product' } },
  },
  {
    upstream: 'catalog',
    target: 'catalog/products?q=lamp&limit=2',
    schema: CatalogPage,
    empty: { results: [], total_count: 0, next_cursor: null },
  },
  { upstream: 'catalog', target: 'catalog/categories', schema: CatalogCategories, empty: { categories: [] } },
  {
    upstream: 'pricing',
    target: 'pricing/quotes',
    post,
    schema: PricingQuote,
    part: ({ quotes }) => quotes?.[0],
    empty: { quotes: [{ productId: 'p-000042', error: 'NO_PRICE' }] },
  },
  {
    upstream: 'inventory',
    target: 'inventory/levels?sku=p-000042',
    schema: InventoryLevel,
    part: ({ levels }) => levels?.[0],
    empty: { levels: [] },
  },
  {
    upstream: 'reviews',
    target: 'reviews/summaries?ids=p-000042',
    schema: ReviewSummary,
    part: ({ summaries }) => summaries?.[0],
    empty: { summaries: [nothing] },
  },
  {
    upstream: 'reviews',
    target: 'reviews/products/p-000042/reviews?page=1&pageSize=2',
    schema: ReviewPage,
    empty: { page: 1, pageSize: 2, totalItems: 0, items: [] },
  },
  {
    upstream: 'recommendations',
    target: 'recommendations/related/p-000042?limit=2',
    schema: Recommendations,
    empty: { model: 'similar-items/7', recs: [] },
  },
  {
    upstream: 'recommendations',
    target: 'recommendations/customers/mira?limit=2',
    schema: Recommendations,
    empty: { model: 'for-you/3', recs: [] },
  },
  {
    upstream: 'content',
    target: 'content/pages/home',
    schema: ContentPage,
    empty: expect.objectContaining({ slug: 'home', blocks: [] }),
  },
  {
    upstream: 'cart',
    target: 'cart/carts/ada',
    schema: Cart,
    empty: expect.objectContaining({ owner: 'ada', items: [] }),
  },
  {
    upstream: 'orders',
    target: 'orders/orders?first=2',
    headers: ada,
    schema: OrderPage,
    empty: { edges: [], pageInfo: { hasNextPage: false, endCursor: null } },
  },
  {
    upstream: 'orders',
    target: 'orders/orders/o-100008',
    headers: ada,
    schema: Order,
    empty: { errors: [{ message: 'no such order', extensions: { status: 404 } }] },
  },
  {
    upstream: 'customers',
    target: 'customers/me',
    headers: ada,
    schema: Customer,
    empty: { status: 404, detail: 'nothing is known' },
  },
  {
    upstream: 'customers',
    target: 'customers/me/addresses?page_size=2',
    headers: ada,
    schema: CustomerAddressPage,
    empty: { addresses: [], next_page_token: null },
  },
  {
    upstream: 'customers',
    target: 'customers/me/addresses/a-100001',
    headers: ada,
    schema: CustomerAddress,
    empty: { status: 404, detail: 'nothing is known' },
  },
  {
    upstream: 'shipping',
    target: 'shipping/v2/rates',
    post: { to, parcels: [{ weight_grams: 1_200 }] },
    headers: key,
    schema: ShippingRates,
    empty: { request_id: expect.any(String), rates: [] },
  },
  {
    upstream: 'shipping',
    target: 'shipping/v2/trackings/s-100005',
    headers: key,
    schema: ShippingTracking,
    empty: { tracking: expect.objectContaining({ shipment_id: 's-100005', events: [] }) },
  },
  {
    upstream: 'payments',
    target: 'payments/v1/payment_intents',
    post: new URLSearchParams({ amount: '990', currency: 'eur', 'metadata[order]': 'o-1' }),
    headers: { authorization: 'Bearer sk_test', 'idempotency-key': 'one' },
    schema: PaymentIntent,
    empty: { id: expect.any(String), object: 'payment_intent' },
  },
  {
    upstream: 'support',
    target: 'support/conversation',
    headers: ada,
    schema: SupportConversation,
    empty: { messages: [], agent_typing: false, customer_typing: false },
  },
];

test('every upstream has its cases', () => {
  expect([...new Set(CASES.map(({ upstream }) => upstream))].sort()).toEqual([...UPSTREAMS].sort());
});

describe.each(CASES)('$target', ({ upstream, target, post, headers, schema, part, empty }) => {
  const asked = { ...(post !== undefined && { post }), ...(headers && { headers }) };
  const under = (word: string, name = upstream) => ask(mocks, target, { scenario: `${name}=${word}`, ...asked });
  const fits = ({ text }: { text: string }) =>
    schema.safeParse(part ? part(JSON.parse(text)) : JSON.parse(text)).success;

  test('down: an error of its own making', async () => {
    const { status, text } = await under('down');
    expect([status, text.includes(`${upstream} is down`)]).toEqual([503, true]);
  });

  test('slow: the same answer, later', async () => {
    const whole = await ask(mocks, target, asked);
    const began = performance.now();
    const { status, text } = await under('slow');
    expect(performance.now() - began).toBeGreaterThanOrEqual(SLOW - 2);
    expect([status, text]).toEqual([200, whole.text]);
  });

  test('drifted: JSON that its schema refuses', async () => {
    const answer = await under('drifted');
    expect([answer.status, fits(answer)]).toEqual([200, false]);
    expect(fits(await ask(mocks, target, asked))).toBe(true);
  });

  test('empty: nothing, in the right shape', async () => {
    expect(JSON.parse((await under('empty')).text)).toEqual(empty);
  });

  test('huge: more than any client takes, and otherwise right', async () => {
    const answer = await under('huge');
    expect(answer.text.length).toBeGreaterThan(2 * MEBIBYTE);
    expect([answer.status, fits(answer)]).toEqual([200, true]);
  });

  test('flaky: fails and answers in turn', async () => {
    const statuses: number[] = [];
    for (let time = 0; time < 4; time++) statuses.push((await under('flaky')).status);
    expect(statuses).toEqual([503, 200, 503, 200]);
  });

  test('hang: no byte for as long as a client waits', async () => {
    const { port } = mocks;
    expect(post === undefined ? await leaveAfter({ port }, target, `${upstream}=hang`, 40) : 'nothing').toBe('nothing');
    const signal = AbortSignal.timeout(40);
    await expect(ask(mocks, target, { scenario: `${upstream}=hang`, ...asked, signal })).rejects.toThrow();
  });

  test('is as ever where another upstream misbehaves, and where the scenario is none', async () => {
    const whole = await ask(mocks, target, asked);
    const other = upstream === 'content' ? 'catalog' : 'content';
    for (const answer of [await under('down', other), await under('tired'), await under('down', 'warehouse')])
      expect(answer).toEqual(whole);
  });
});

describe('scenarios', () => {
  test('never meet: each string stumbles at its own first step, and one string in any order is one', async () => {
    const target = 'reviews/summaries?ids=p-000042';
    const statusOf = async (scenario: string) => (await ask(mocks, target, { scenario })).status;
    expect(await statusOf('reviews=flaky')).toBe(503);
    expect(await statusOf('reviews=flaky,pricing=slow')).toBe(503);
    expect(await statusOf('reviews=flaky')).toBe(200);
    expect(await statusOf(' pricing=slow , reviews=flaky')).toBe(200);
    expect(await statusOf('reviews=flaky,pricing=slow')).toBe(503);
    expect((await ask(mocks, target)).status).toBe(200);
  });

  test('count for each upstream by itself', async () => {
    const scenario = 'reviews=flaky,recommendations=flaky';
    const statusOf = async (target: string) => (await ask(mocks, target, { scenario })).status;
    expect(await statusOf('reviews/summaries?ids=p-000042')).toBe(503);
    expect(await statusOf('recommendations/related/p-000042')).toBe(503);
    expect(await statusOf('reviews/summaries?ids=p-000042')).toBe(200);
  });

  test('that hang end with their client, and hold no other meanwhile', async () => {
    const waits = Array.from({ length: 20 }, () => leaveAfter(mocks, 'content/pages/home', 'content=hang', 60));
    expect((await ask(mocks, 'content/pages/home')).status).toBe(200);
    expect(new Set(await Promise.all(waits))).toEqual(new Set(['nothing']));

    const client = new AbortController();
    const request = new Request('http://mock.test/', {
      headers: { 'x-scenario': 'content=hang' },
      signal: client.signal,
    });
    const refuse = () => expect.unreachable('a hanging upstream answers nothing');
    const faults = { error: refuse, drift: refuse, empty: refuse };
    let ended = false;
    const answer = misbehave('content', request, { slow: 0, requests: new Map() }, faults, refuse).then(
      () => (ended = true),
    );
    await pause(20);
    expect(ended).toBe(false);
    client.abort();
    await answer;
  });
});
