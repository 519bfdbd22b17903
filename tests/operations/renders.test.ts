import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { operations } from '#operations/index.ts';
import { Cart } from '#schemas/upstream/cart.ts';
import { CatalogCategories, CatalogPage, CatalogProduct } from '#schemas/upstream/catalog.ts';
import { ContentPage } from '#schemas/upstream/content.ts';
import { Customer, CustomerAddress, CustomerAddressPage } from '#schemas/upstream/customers.ts';
import { InventoryLevel } from '#schemas/upstream/inventory.ts';
import { Order, OrderPage } from '#schemas/upstream/orders.ts';
import { PricingQuote } from '#schemas/upstream/pricing.ts';
import { Recommendations } from '#schemas/upstream/recommendations.ts';
import { Review, ReviewPage, ReviewSummary } from '#schemas/upstream/reviews.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import { ShippingRates, ShippingTracking } from '#schemas/upstream/shipping.ts';
import { SupportConversation } from '#schemas/upstream/support.ts';
import { answered } from '#tests/support/answered.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { hostile } from '#tests/support/hostile.ts';
import { runs } from '#tests/support/long.ts';

const AT = '2026-11-29T12:00:00Z';
const P = 'p-000042';
const product = {
  product_id: P,
  title: 'Lamp',
  brand_name: 'B',
  long_description: '',
  category_id: 'lamps',
  images: [{ href: 'http://a.test/1', alt: '', width: 1, height: 1 }],
  attributes: [{ name: 'Colour', value: 'red' }],
};
const listed = { product_id: P, title: 'Lamp', images: product.images, weight_grams: 100 };
const listedAddress = {
  address_id: 'a-000001',
  full_name: 'Ada',
  line1: 'L 1',
  line2: null,
  city: 'B',
  region: null,
  postal_code: '1',
  country_code: 'DE',
  phone: null,
  created_at: AT,
  updated_at: AT,
};
const address = { ...listedAddress, revision: 1 };
const order = {
  orderId: 'o-000001',
  placedAt: AT,
  status: 'shipped',
  paymentStatus: 'paid',
  currencyCode: 'EUR',
  lines: [{ productId: P, title: 'Lamp', quantity: 1, unitAmountMinor: 100 }],
  shippingAmountMinor: 1,
  totalAmountMinor: 101,
  shippingAddress: { fullName: 'A', line1: 'L', city: 'B', postalCode: '1', countryCode: 'DE' },
  shipmentId: 's-1',
};
const listedOrder = {
  orderId: 'o-000001',
  placedAt: AT,
  status: 'shipped',
  currencyCode: 'EUR',
  lines: [{ quantity: 1 }],
  totalAmountMinor: 101,
};
const review = { reviewId: 'r', authorName: 'A', stars: 5, headline: '', body: '', submittedAt: 1 };
const BLOCKS = [
  {
    blockType: 'heroBanner',
    heading: 'H',
    copy: 'C',
    picture: { url: 'http://a.test/2', altText: '', w: 1, h: 1 },
    cta: { label: 'L', target: '/' },
  },
  { blockType: 'productRail', heading: 'R', productIds: [P] },
  { blockType: 'categoryTiles', heading: 'T', categoryIds: ['lamps'] },
  { blockType: 'richText', heading: 'W', copy: 'C' },
];
const cartWith = (lines: number) => ({
  items: Array.from({ length: lines }, (_, at) => ({ lineId: `l-${at}`, sku: P, qty: 1 })),
});

/** One kind of answer: where it is given, how it fits, and one that is as it should be. */
interface Kind {
  readonly name: string;
  readonly at: RegExp;
  readonly schema: z.ZodType;
  readonly sane: unknown;
  /** A list in which the value is one item, named as it was asked for. */
  readonly batch?: readonly [list: string, id: string];
}

const KINDS: readonly Kind[] = [
  { name: 'a product', at: /^\/catalog\/products\/p/, schema: CatalogProduct, sane: product },
  {
    name: 'products',
    at: /^\/catalog\/products\?/,
    schema: CatalogPage,
    sane: { results: [listed], total_count: 1, next_cursor: null },
  },
  {
    name: 'categories',
    at: /^\/catalog\/categories/,
    schema: CatalogCategories,
    sane: { categories: [{ category_id: 'lamps', display_name: 'Lamps', parent_id: null }] },
  },
  {
    name: 'a price',
    at: /^\/pricing/,
    schema: PricingQuote,
    sane: { productId: P, currencyCode: 'EUR', amountMinor: 100, wasAmountMinor: null },
    batch: ['quotes', 'productId'],
  },
  {
    name: 'a level',
    at: /^\/inventory/,
    schema: InventoryLevel,
    sane: { sku: P, warehouses: [{ on_hand: 3, reserved: 1 }], restock_eta_ms: null },
    batch: ['levels', 'sku'],
  },
  {
    name: 'a summary',
    at: /^\/reviews\/summaries/,
    schema: ReviewSummary,
    sane: { productId: P, averageRating: '4.37', reviewCount: 3 },
    batch: ['summaries', 'productId'],
  },
  {
    name: 'reviews',
    at: /^\/reviews\/products/,
    schema: ReviewPage,
    sane: { page: 1, pageSize: 10, totalItems: 30, items: [review] },
  },
  {
    name: 'recommendations',
    at: /^\/recommendations/,
    schema: Recommendations,
    sane: { recs: [{ item: P }] },
  },
  {
    name: 'a page',
    at: /^\/content/,
    schema: ContentPage,
    sane: { blocks: BLOCKS },
  },
  { name: 'a cart', at: /^\/cart/, schema: Cart, sane: cartWith(2) },
  { name: 'an order', at: /^\/orders\/orders\/o/, schema: Order, sane: order },
  {
    name: 'orders',
    at: /^\/orders\/orders\?/,
    schema: OrderPage,
    sane: { edges: [{ node: listedOrder }], pageInfo: { hasNextPage: true, endCursor: 'x' } },
  },
  {
    name: 'a customer',
    at: /^\/customers\/me$/,
    schema: Customer,
    sane: {
      given_name: 'A',
      family_name: 'L',
      email: 'ada@b.test',
      phone: null,
      member_since: AT,
      segment: 'gold',
      default_address_id: 'a-000001',
    },
  },
  { name: 'an address', at: /^\/customers\/me\/addresses\/a/, schema: CustomerAddress, sane: address },
  {
    name: 'addresses',
    at: /^\/customers\/me\/addresses\?/,
    schema: CustomerAddressPage,
    sane: { addresses: [listedAddress], next_page_token: null },
  },
  {
    name: 'rates',
    at: /^\/shipping\/v2\/rates/,
    schema: ShippingRates,
    sane: {
      rates: [
        {
          rate_id: 'standard',
          carrier: 'C',
          service: 's',
          amount: '4.90',
          currency: 'EUR',
          est_days: { min: 1, max: 2 },
        },
      ],
    },
  },
  {
    name: 'a parcel',
    at: /^\/shipping\/v2\/trackings/,
    schema: ShippingTracking,
    sane: {
      tracking: {
        carrier: 'C',
        status: 'delivered',
        events: [{ at: 1, place: '', text: '' }],
      },
    },
  },
  {
    name: 'a conversation',
    at: /^\/support/,
    schema: SupportConversation,
    sane: {
      messages: [{ message_id: 'm', author: 'agent', body: '', sent_at: 1, delivered: true }],
      agent_typing: false,
      customer_typing: false,
    },
  },
];

const ASKED = [
  `/api/products/${P}`,
  `/api/products/${P}/reviews`,
  '/api/products?q=lamp',
  '/api/home',
  '/api/mobile/home',
  '/api/v1/home',
  '/api/categories',
  '/api/account',
  '/api/orders',
  '/api/orders/o-000001',
  '/api/addresses',
  '/api/addresses/a-000001',
  '/api/cart',
  '/api/cart/lines/l-0',
  '/api/checkout',
  '/api/visitor',
  '/api/shipping/rates?country=DE&postalCode=10119&grams=800',
  '/api/support/messages',
];
/** Writes that answer with what they read afterwards. */
const WRITES = [
  ['POST', '/api/cart/lines', { product: P, quantity: 1 }],
  ['PATCH', '/api/cart/lines/l-0', { quantity: 2 }],
] as const;
const BEARER = { authorization: 'Bearer ada' };

let shop: TestEngine;
let given: ReadonlyMap<string, unknown>;
let asked: string[];
/** The kinds of what was asked for. */
let kinds: Set<string>;

beforeEach(() => {
  given = new Map();
  shop = fresh();
});

/** No sockets: it is about what is made of answers, and there are thousands of them. */
function fresh(): TestEngine {
  asked = [];
  kinds = new Set();
  const urls = Object.fromEntries(UPSTREAMS.map((name) => [name, `http://${name}.test/`]));
  return answered(startEngine(urls, operations), (name, path, body) => {
    asked.push(`${name} ${path} ${body}`);
    const kind = KINDS.find(({ at }) => at.test(`/${name}/${path}`));
    if (kind === undefined) return undefined;
    kinds.add(kind.name);
    return bodyFor(kind, path, body);
  });
}

function bodyFor({ name, sane, batch }: Kind, path: string, body: string | undefined): unknown {
  const value = given.get(name) ?? sane;
  if (batch === undefined) return value;
  const [list, id] = batch;
  const { searchParams } = new URL(path, 'http://a.test');
  const ids: string[] =
    body === undefined ? [...searchParams.values()].flatMap((text) => text.split(',')) : JSON.parse(body).productIds;
  return { [list]: ids.map((one) => ({ ...(value as object), [id]: one })) };
}

async function askAll(): Promise<Record<string, number>> {
  const told = await Promise.all(
    ASKED.map(async (target) => [target, (await shop.ask(target, BEARER)).status] as const),
  );
  const written = WRITES.map(async ([method, target, body]) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const { status } = await shop.ask(target, { ...BEARER, 'content-type': type }, { method, body });
    return [`${method} ${target}`, status] as const;
  });
  return Object.fromEntries([...told, ...(await Promise.all(written))]);
}

test('everything is there while all is well', async () => {
  const statuses = await askAll();
  expect(Object.entries(statuses).filter(([, status]) => status !== 200)).toEqual([['POST /api/cart/lines', 201]]);
  expect([...shop.lane().ledger.values()]).toEqual([]);
});

test.each(KINDS)('whatever passes for $name is shown, or its section degrades', async (kind) => {
  await fc.assert(
    fc.asyncProperty(hostile(kind.schema), async (value) => {
      given = new Map([[kind.name, value]]);
      shop = fresh();
      const statuses = await askAll();
      expect(Object.entries(statuses).filter(([, status]) => status === 500)).toEqual([]);
      expect(shop.reported).toEqual([]);
    }),
    { numRuns: runs(5), endOnFailure: true },
  );
});

test('amounts whose sum no number holds are shown one by one, and nothing is sold for them', async () => {
  const items = Array.from({ length: 10 }, (_, at) => ({ lineId: `l-${at}`, sku: P, qty: 1_000 }));
  const quote = { productId: P, currencyCode: 'EUR', amountMinor: 1e12, wasAmountMinor: null };
  given = new Map<string, unknown>([
    ['a cart', { items }],
    ['a price', quote],
  ]);
  const { status, json: cart } = await shop.ask('/api/cart', BEARER);
  expect({ status, subtotal: cart.subtotal }).toEqual({ status: 200, subtotal: undefined });
  expect((cart.lines as object[])[9]).toMatchObject({ total: { minor: 1e15, currency: 'EUR' } });
  const checkout = await shop.ask('/api/checkout', BEARER);
  expect({ status: checkout.status, of: checkout.sections.services }).toEqual({
    status: 200,
    of: { state: 'missing', reason: 'contract' },
  });
  const statuses = await askAll();
  expect(statuses['POST /api/cart/lines']).toBe(201);
});

/** The members of a value, each as `edges[].node.status`, with what stands there. */
function membersOf(value: unknown, at = ''): [member: string, value: unknown][] {
  if (Array.isArray(value)) return value.flatMap((item) => membersOf(item, `${at}[]`));
  if (value === null || typeof value !== 'object') return [[at, value]];
  return Object.entries(value).flatMap(([key, part]) => membersOf(part, at === '' ? key : `${at}.${key}`));
}

/** The value with another one at each place of a member. */
function withMember(value: unknown, member: string, other: unknown, at = ''): unknown {
  if (at === member) return other;
  if (Array.isArray(value)) return value.map((item) => withMember(item, member, other, `${at}[]`));
  if (value === null || typeof value !== 'object') return value;
  const parts = Object.entries(value).map(([key, part]) => [
    key,
    withMember(part, member, other, at === '' ? key : `${at}.${key}`),
  ]);
  return Object.fromEntries(parts);
}

/** All that comes of what the upstreams answer: our answers, and what else the upstreams are asked. */
async function comesOf(kind: Kind, value: unknown, targets: readonly string[]): Promise<string> {
  given = new Map([[kind.name, value]]);
  shop = fresh();
  const told = await Promise.all(targets.map((target) => shop.ask(target, BEARER)));
  return JSON.stringify([told.map(({ status, text, headers }) => [status, text, headers.etag]), asked.toSorted()]);
}

describe('what the schema of', () => {
  /** What is made of answers of a kind: nothing else changes with them. */
  const madeOf = new Map<string, string[]>(KINDS.map(({ name }) => [name, []]));
  beforeAll(async () => {
    for (const target of ASKED) {
      shop = fresh();
      await shop.ask(target, BEARER);
      for (const name of kinds) madeOf.get(name)?.push(target);
    }
  });

  test.each(KINDS)('$name holds is read by our code', async (kind) => {
    const others = Map.groupBy(
      fc.sample(hostile(kind.schema), { numRuns: 100, seed: 11 }).flatMap((value) => membersOf(value)),
      ([member]) => member,
    );
    const targets = madeOf.get(kind.name) ?? [];
    const sane = await comesOf(kind, kind.sane, targets);
    expect(await comesOf(kind, kind.sane, targets)).toBe(sane);
    const unread: string[] = [];
    const members = new Set(membersOf(kind.sane).map(([at]) => at));
    // What a schema holds is in the sane value, or below or above a member of it that is null or empty.
    const isKnown = (member: string) => [...members].some((one) => one.startsWith(member) || member.startsWith(one));
    expect([...others.keys()].filter((member) => !isKnown(member))).toEqual([]);
    for (const member of members) {
      if (member === kind.batch?.[1]) continue;
      const values = (others.get(member) ?? [])
        .map(([, other]) => withMember(kind.sane, member, other))
        .filter((value) => kind.schema.safeParse(value).success);
      let isRead = values.length === 0;
      for (const value of values.slice(0, 20)) isRead ||= (await comesOf(kind, value, targets)) !== sane;
      if (!isRead) unread.push(member);
    }
    expect(unread).toEqual([]);
  });
});

/** What would be let through by less exact schemas, and where it was to be shown. */
const REFUSED: readonly [
  name: string,
  change: (sane: never) => unknown,
  optionalIn: readonly [string, string][],
  call: string,
][] = [
  [
    'a level',
    (level: object) => ({ ...level, restock_eta_ms: 8_700_000_000_000_000 }),
    [
      [`/api/products/${P}`, 'stock'],
      ['/api/cart', 'cart.stock'],
      ['/api/mobile/home', 'stock'],
    ],
    'batch levels restock_eta_ms',
  ],
  [
    'a level',
    (level: object) => ({
      ...level,
      warehouses: [1, 2].map(() => ({ on_hand: 9_007_199_254_740_991, reserved: 0 })),
    }),
    [[`/api/products/${P}`, 'stock']],
    'batch levels warehouses[].on_hand',
  ],
  [
    'orders',
    (page: { edges: object[] }) => ({ ...page, edges: [{ node: { ...order, lines: [] } }] }),
    [
      ['/api/account', 'orders'],
      ['/api/mobile/home', 'orders'],
    ],
    'GET orders edges[].node.lines',
  ],
  [
    'a parcel',
    (parcel: { tracking: object }) => ({
      tracking: { ...parcel.tracking, events: [{ at: 1_764_417_600_000, place: '', text: '' }] },
    }),
    [['/api/orders/o-000001', 'tracking']],
    'GET v2/trackings/{} tracking.events[].at',
  ],
  [
    'reviews',
    (page: object) => ({ ...page, items: [{ ...review, submittedAt: 1_764_417_600_000_000 }] }),
    [],
    'GET products/{}/reviews items[].submittedAt',
  ],
];

test.each(REFUSED)('%s that can’t be shown is drift of its upstream', async (name, change, optionalIn, told) => {
  const kind = KINDS.find((one) => one.name === name) as Kind;
  given = new Map([[name, change(kind.sane as never)]]);
  const statuses = await askAll();
  expect(Object.values(statuses).filter((status) => status === 500)).toEqual([]);
  expect([...shop.lane().ledger.values()].map(({ call, path }) => `${call} ${path}`)).toContain(told);
  for (const [target, section] of optionalIn) {
    const { status, sections } = await shop.ask(target, BEARER);
    expect({ status, of: sections[section] }, target).toEqual({
      status: 200,
      of: { state: 'missing', reason: 'contract' },
    });
  }
});

test('what a required section had before stands in for what can’t be shown', async () => {
  const target = `/api/products/${P}/reviews`;
  expect((await shop.ask(target)).status).toBe(200);
  given = new Map([
    [
      'reviews',
      {
        page: 1,
        pageSize: 10,
        totalItems: 1,
        items: [{ ...review, submittedAt: (Review.shape.submittedAt.maxValue as number) + 1 }],
      },
    ],
  ]);
  shop.purge(`reviews:${P}`);
  const { status, sections } = await shop.ask(target);
  expect({ status, sections }).toMatchObject({
    status: 200,
    sections: { page: { state: 'stale', reason: 'contract' } },
  });
});
