import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { PRODUCT_COUNT, productAt, productId } from '#mocks/seed/products.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { CatalogCategories, CatalogPage, CatalogProduct } from '#schemas/upstream/catalog.ts';
import { ContentPage } from '#schemas/upstream/content.ts';
import { InventoryLevel } from '#schemas/upstream/inventory.ts';
import { PricingQuote } from '#schemas/upstream/pricing.ts';
import { Recommendations } from '#schemas/upstream/recommendations.ts';
import { ReviewPage, ReviewSummary } from '#schemas/upstream/reviews.ts';
import { runs } from '#tests/support/long.ts';
import { ask, bearerOf } from './ask.ts';

let mocks: MockServer;
let twin: MockServer;

beforeAll(async () => {
  [mocks, twin] = await Promise.all([startMockServer(0, { latency: 'none' }), startMockServer(0)]);
});
afterAll(() => Promise.all([mocks.close(), twin.close()]));

const indexes = fc.integer({ min: 0, max: PRODUCT_COUNT - 1 });
const someIds = fc.uniqueArray(indexes, { minLength: 1, maxLength: 20 }).map((found) => found.map(productId));
const RUNS = { numRuns: runs(60) };

async function read(target: string, post?: unknown): Promise<unknown> {
  const { status, type, text } = await ask(mocks, target, post === undefined ? {} : { post });
  expect([status, type]).toEqual([200, 'application/json']);
  return JSON.parse(text);
}

/** As the schema has it; a mock has more than we read, as its upstream has. */
function expectWire<T>(schema: z.ZodType<T>, value: unknown): T {
  expect(value).toMatchObject(schema.parse(value) as object);
  return value as T;
}

describe('each upstream answers in its own wire shape', () => {
  test('catalog: a product', async () => {
    await fc.assert(
      fc.asyncProperty(indexes, async (index) => {
        const product = expectWire(CatalogProduct, await read(`catalog/products/${productId(index)}`));
        expect(product).toMatchObject({ product_id: productId(index), title: productAt(index).title });
      }),
      RUNS,
    );
  });

  test('catalog: products by ids, in their order, and those that it does not know left out', async () => {
    await fc.assert(
      fc.asyncProperty(someIds, async (ids) => {
        const asked = [...ids, 'p-999999', 'nonsense'].join(',');
        const page = expectWire(CatalogPage, await read(`catalog/products?ids=${asked}`));
        expect(page.results.map(({ product_id }) => product_id)).toEqual(ids);
      }),
      RUNS,
    );
  });

  test('catalog: pages of a search, and categories', async () => {
    const page = expectWire(CatalogPage, await read('catalog/products?q=lamp&category=lamps&sort=title&limit=100'));
    expect(page.results).toHaveLength(100);
    expect(page.next_cursor).not.toBeNull();
    const { categories } = expectWire(CatalogCategories, await read('catalog/categories'));
    const ids = new Set(categories.map(({ category_id }) => category_id));
    for (const { parent_id } of categories) expect(parent_id === null || ids.has(parent_id)).toBe(true);
  });

  test('pricing: quotes in the seed’s cents, and an error for what it does not sell', async () => {
    await fc.assert(
      fc.asyncProperty(someIds, async (ids) => {
        const post = { productIds: [...ids, 'p-999999'], currencyCode: 'EUR' };
        const { quotes } = (await read('pricing/quotes', post)) as { quotes: unknown[] };
        expect(quotes.pop()).toEqual({ productId: 'p-999999', error: 'UNKNOWN_PRODUCT' });
        const cents = quotes.map((quote) => expectWire(PricingQuote, quote).amountMinor);
        expect(cents).toEqual(ids.map((id) => productAt(Number(id.slice(2))).cents));
      }),
      RUNS,
    );
  });

  test('inventory: levels that add up to the seed’s stock', async () => {
    await fc.assert(
      fc.asyncProperty(someIds, async (ids) => {
        const { levels } = (await read(`inventory/levels?sku=${ids.join(',')},p-999999`)) as { levels: unknown[] };
        const free = levels.map((level) =>
          expectWire(InventoryLevel, level).warehouses.reduce(
            (sum, { on_hand, reserved }) => sum + on_hand - reserved,
            0,
          ),
        );
        expect(free).toEqual(ids.map((id) => productAt(Number(id.slice(2))).stock));
      }),
      RUNS,
    );
  });

  test('reviews: summaries and pages that agree on how many there are', async () => {
    await fc.assert(
      fc.asyncProperty(indexes, fc.integer({ min: 1, max: 50 }), async (index, pageSize) => {
        const id = productId(index);
        const { summaries } = (await read(`reviews/summaries?ids=${id}`)) as { summaries: unknown[] };
        const { reviewCount, averageRating } = expectWire(ReviewSummary, summaries[0]);
        const page = expectWire(ReviewPage, await read(`reviews/products/${id}/reviews?page=1&pageSize=${pageSize}`));
        expect([page.totalItems, page.items.length]).toEqual([reviewCount, Math.min(pageSize, reviewCount)]);
        expect(averageRating === null).toBe(reviewCount === 0);
      }),
      RUNS,
    );
  });

  test('recommendations: others than the product itself, none twice, the best first', async () => {
    await fc.assert(
      fc.asyncProperty(indexes, fc.integer({ min: 1, max: 24 }), async (index, limit) => {
        const path = `recommendations/related/${productId(index)}?limit=${limit}`;
        const { recs } = expectWire(Recommendations, await read(path));
        const items = recs.map(({ item }) => item);
        expect([items.length, new Set(items).size, items.includes(productId(index))]).toEqual([limit, limit, false]);
        const scores = recs.map((rec) => (rec as typeof rec & { score: number }).score);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      }),
      RUNS,
    );
    for (const customer of ['mira', 'me', 'ada']) {
      const { recs } = expectWire(Recommendations, await read(`recommendations/customers/${customer}?limit=6`));
      expect(recs).toHaveLength(6);
    }
  });

  test('content: a page, with what editors’ tools add to it', async () => {
    const page = (await read('content/pages/home?locale=en')) as object;
    expect(ContentPage.parse(page).blocks).toHaveLength(5);
    expect(Object.keys(page)).toContain('_meta');
  });

  test('catalog: pictures that need no network', async () => {
    const { status, type, text } = await ask(mocks, 'catalog/images/p-000042/1.svg');
    expect([status, type]).toEqual([200, 'image/svg+xml']);
    expect(text).not.toMatch(/href=|url\((?!#)/);
    expect((await ask(mocks, 'catalog/images/p-999999/1.svg')).status).toBe(404);
  });
});

describe('the mocks', () => {
  test('answer the same bytes from two servers, one quick and one with its natural delay', async () => {
    const post = { productIds: ['p-000042', 'p-000777'], currencyCode: 'USD' };
    const targets: [string, unknown?, string?][] = [
      ['catalog/products/p-000777'],
      ['catalog/products?q=lamp&sort=newest&limit=9'],
      ['catalog/categories'],
      ['pricing/quotes', post],
      ['inventory/levels?sku=p-000042,p-000777'],
      ['reviews/summaries?ids=p-000042'],
      ['reviews/products/p-000042/reviews?page=2&pageSize=7'],
      ['recommendations/related/p-000042?limit=8'],
      ['recommendations/customers/mira?limit=6'],
      ['content/pages/home?locale=en'],
      ['cart/carts/ada'],
      ['orders/orders', undefined, bearerOf('ada')],
      ['customers/me', undefined, bearerOf('ada')],
      ['customers/me/addresses', undefined, bearerOf('bo')],
      ['shipping/v2/rates', { to: { country: 'NO', postal_code: '0155' }, parcels: [{ weight_grams: 900 }] }, 'Key k'],
      ['shipping/v2/trackings/s-100005', undefined, 'Key k'],
    ];
    for (const [target, body, authorization] of targets) {
      const [ours, theirs] = await Promise.all(
        [mocks, twin].map((server) =>
          ask(server, target, { post: body, ...(authorization && { headers: { authorization } }) }),
        ),
      );
      expect(ours?.status).toBe(200);
      expect(theirs?.text.replaceAll(`:${twin.port}/`, ':PORT/')).toBe(
        ours?.text.replaceAll(`:${mocks.port}/`, ':PORT/'),
      );
    }
  });

  test.each(['nothing/here', 'catalog/nothing', 'catalogue/products/p-000042', 'pricing/quotes'])(
    'answer 404 to GET /%s, and name what has no answer',
    async (target) => {
      const { status, text } = await ask(mocks, target);
      expect([status, JSON.parse(text)]).toEqual([404, { message: `no mock answers GET /${target}` }]);
    },
  );

  test('answer each its own error to what is wrongly asked', async () => {
    expect((await ask(mocks, 'catalog/products?cursor=zzz')).status).toBe(400);
    expect((await ask(mocks, 'catalog/products?limit=101')).status).toBe(400);
    expect((await ask(mocks, 'pricing/quotes', { post: { productIds: [], currencyCode: 'DKK' } })).status).toBe(422);
    expect(JSON.parse((await ask(mocks, 'catalog/products/p-999999')).text)).toHaveProperty('error.code', 404);
    expect(JSON.parse((await ask(mocks, 'recommendations/related/x')).text)).toEqual({
      ok: false,
      message: 'no such item',
    });
    expect((await ask(mocks, 'reviews/products/x/reviews')).status).toBe(404);
  });

  test('let the back office change a price, for one server and no other', async () => {
    const post = { productIds: ['p-004321'], currencyCode: 'EUR' };
    const cents = async (server: MockServer) =>
      JSON.parse((await ask(server, 'pricing/quotes', { post })).text).quotes[0].amountMinor;
    await ask(twin, '__control/prices', { post: { id: 'p-004321', amountMinor: 990 } });
    expect([await cents(twin), await cents(mocks)]).toEqual([990, productAt(4_321).cents]);
  });
});
