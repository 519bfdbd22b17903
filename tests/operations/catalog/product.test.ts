import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PRODUCT_COUNT, productAt, productId } from '#mocks/seed/products.ts';
import { getProduct } from '#operations/catalog/product.ts';
import { cardOf, imagesOf, priceOf, ratingOf, seeded, stockOf } from '#tests/operations/seed.ts';
import { bySchema, openShop, problemOf, type Shop } from '#tests/operations/shop.ts';
import { client } from '#tests/support/engine.ts';
import { runs } from '#tests/support/long.ts';
import { until } from '#tests/support/until.ts';

const TARGET = '/api/products/p-000042';
let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});
beforeEach(() => shop.restart());
afterAll(() => shop.close());

const indexes = fc.integer({ min: 0, max: PRODUCT_COUNT - 1 });
const currencies = fc.constantFrom('EUR', 'USD', 'GBP');

/** The first product of the seed for which something holds. */
function firstWith(holds: (product: ReturnType<typeof productAt>) => boolean) {
  for (let index = 0; index < PRODUCT_COUNT; index++) if (holds(productAt(index))) return productAt(index);
  throw new Error('the seed has none');
}

describe('a product, complete', () => {
  test('is what the seed has, in our words', async () => {
    const answer = await shop.ask(TARGET);
    const product = seeded('p-000042');
    expect(answer.status).toBe(200);
    expect(answer.meta).toEqual({ complete: true, sections: {} });
    expect(answer.headers).not.toHaveProperty('section-status');
    const { related, ...own } = answer.body;
    expect(own).toEqual({
      id: 'p-000042',
      title: product.title,
      brand: product.brand,
      description: product.description,
      category: { id: product.category.id },
      images: imagesOf(product, shop.origin),
      attributes: [
        { name: 'Colour', value: product.colour },
        { name: 'Material', value: product.material },
        { name: 'Weight', value: `${product.weightGrams} g` },
      ],
      price: priceOf(product),
      rating: ratingOf(product),
      stock: stockOf(product),
    });
    expect(related).toHaveLength(8);
  });

  test('has the seed’s numbers for every product and currency, and nothing that its schema does not know', async () => {
    await fc.assert(
      fc.asyncProperty(indexes, currencies, async (index, currency) => {
        const answer = await shop.ask(`/api/products/${productId(index)}?currency=${currency}`);
        const product = productAt(index);
        expect(answer.body).toMatchObject({
          price: priceOf(product, currency),
          rating: ratingOf(product),
          stock: stockOf(product),
        });
        expect(Object.keys(answer.body.price as object)).toEqual(Object.keys(priceOf(product)));
        expect(bySchema(getProduct, answer)).toEqual(answer.body);
      }),
      { numRuns: runs(60) },
    );
  });

  test('is never related to itself, nor twice to another, and its neighbours are cards as the seed has them', async () => {
    await fc.assert(
      fc.asyncProperty(indexes, async (index) => {
        const { body } = await shop.ask(`/api/products/${productId(index)}?parts=related`);
        const related = body.related as { id: string }[];
        const ids = related.map(({ id }) => id);
        expect(ids).not.toContain(productId(index));
        expect(new Set(ids).size).toBe(ids.length);
        expect(related).toEqual(ids.map((id) => cardOf(seeded(id), shop.origin)));
      }),
      { numRuns: runs(40) },
    );
  });

  test.each([
    ['sold out and awaited', firstWith(({ stock, restockAt }) => stock === 0 && restockAt !== null), 'out'],
    ['sold out for good', firstWith(({ stock, restockAt }) => stock === 0 && restockAt === null), 'out'],
    ['down to five', firstWith(({ stock }) => stock === 5), 'low'],
    ['at six', firstWith(({ stock }) => stock === 6), 'in-stock'],
  ])('shows stock that is %s', async (_, product, state) => {
    const { body } = await shop.ask(`/api/products/${product.id}?parts=stock`);
    expect(body.stock).toEqual({ ...stockOf(product), state });
  });

  test('without reviews is rated null, not zero', async () => {
    const { body } = await shop.ask(`/api/products/${firstWith(({ reviewCount }) => reviewCount === 0).id}`);
    expect(body.rating).toEqual({ average: null, count: 0 });
  });

  test('holds only the parts that were asked for', async () => {
    const { body } = await shop.ask(`${TARGET}?parts=stock`);
    expect(body).toHaveProperty('stock');
    expect(body).not.toHaveProperty('rating');
    expect(body).not.toHaveProperty('related');
  });
});

describe('a product, degraded', () => {
  test.each([
    ['inventory=down', 'stock', 'stock', { state: 'missing', reason: 'unavailable' }],
    ['inventory=drifted', 'stock', 'stock', { state: 'missing', reason: 'contract' }],
    ['inventory=empty', 'stock', 'stock', { state: 'missing', reason: 'not-found' }],
    ['inventory=huge', 'stock', 'stock', { state: 'missing', reason: 'contract' }],
    ['reviews=drifted', 'rating', 'rating', { state: 'missing', reason: 'contract' }],
    ['recommendations=down', 'related', 'related', { state: 'missing', reason: 'unavailable' }],
  ])('under %s lacks its %s and says so', async (scenario, field, section, status) => {
    const { body: whole } = await shop.ask(TARGET);
    const answer = await shop.under(scenario, TARGET);
    const { [field]: _, ...rest } = whole;
    expect([answer.status, answer.meta?.complete]).toEqual([200, false]);
    expect(answer.meta?.sections[section]).toEqual(status);
    expect(answer.headers['section-status']).toContain(`${section}=${status.state};reason=${status.reason}`);
    for (const name of Object.keys(rest)) if (name !== 'related') expect(answer.body[name]).toEqual(rest[name]);
    expect(answer.body).not.toHaveProperty(field);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('keeps its neighbours where only their ratings are missing', async () => {
    const { body, meta } = await shop.under('reviews=down', TARGET);
    expect(body.related).toHaveLength(8);
    expect(body.related).not.toContainEqual(expect.objectContaining({ rating: expect.anything() }));
    expect(Object.keys(meta?.sections ?? {})).toEqual(['rating', 'related.ratings']);
  });

  test('has no neighbours where none are recommended, and is complete all the same', async () => {
    const { body, meta } = await shop.under('recommendations=empty', TARGET);
    expect([body.related, meta?.complete]).toEqual([[], true]);
  });

  test('does not wait for a part longer than it was given', async () => {
    // What the others say is kept from the first time on, so that the second has all but the part that hangs.
    await shop.ask(TARGET);
    const all = shop.lane().calls.size;
    const { gone, leave } = client();
    const first = shop.ask(TARGET, { 'x-scenario': 'inventory=hang' }, gone);
    await until('the others are kept', () => shop.lane('inventory=hang').calls.size === all - 1);
    leave();
    await first;
    const { status, meta } = await shop.under('inventory=hang', TARGET, 150);
    expect([status, meta?.sections.stock]).toEqual([200, { state: 'missing', reason: 'timeout' }]);
  });
});

describe('a product, refused', () => {
  test.each([
    ['pricing=down', 502, 'upstream-failed', 'price'],
    ['pricing=drifted', 502, 'upstream-contract', 'price'],
    ['pricing=empty', 502, 'upstream-failed', 'price'],
    ['catalog=down', 502, 'upstream-failed', 'product'],
    ['catalog=drifted', 502, 'upstream-contract', 'product'],
    ['catalog=huge', 502, 'upstream-contract', 'product'],
  ])('under %s is a %i %s that names the section %s', async (scenario, status, code, section) => {
    const problem = problemOf(await shop.under(scenario, TARGET));
    expect(problem).toMatchObject({ status, code, type: `http://localhost:3000/problems/${code}` });
    expect(problem.contentType).toBe('application/problem+json');
    expect(problem.detail).toContain(`"${section}"`);
  });

  test('is a 404 only where the catalog has none', async () => {
    expect(problemOf(await shop.ask('/api/products/p-999999'))).toMatchObject({ status: 404, code: 'not-found' });
    expect(problemOf(await shop.under('catalog=empty', TARGET))).toMatchObject({ status: 404, code: 'not-found' });
  });

  test('is a 504 where the catalog hangs', async () => {
    const problem = problemOf(await shop.under('catalog=hang', TARGET, 100));
    expect(problem).toMatchObject({ status: 504, code: 'upstream-timeout' });
  });

  test.each([
    ['/api/products/42', ['path id: invalid_format']],
    ['/api/products/p-000042?currency=DKK', ['query currency: invalid_value']],
    ['/api/products/p-000042?colour=red', ['query colour: unknown']],
    ['/api/products/p-000042?currency=EUR&currency=USD', ['query currency: repeated']],
    [
      '/api/products/p-42?currency=x&size=1',
      ['query size: unknown', 'path id: invalid_format', 'query currency: invalid_value'],
    ],
  ])('for %s, and every bad field is named', async (target, fields) => {
    expect(problemOf(await shop.ask(target))).toMatchObject({ status: 400, code: 'invalid-request', fields });
  });

  test('for a part that it does not have, and the answer says which there are', async () => {
    const problem = problemOf(await shop.ask(`${TARGET}?parts=price`));
    expect(problem).toMatchObject({ status: 400, code: 'unknown-part' });
    expect(problem.detail).toContain('rating, stock, related');
  });
});
