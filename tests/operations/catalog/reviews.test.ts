import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PRODUCT_COUNT, productAt } from '#mocks/seed/products.ts';
import { reviewAt } from '#mocks/seed/reviews.ts';
import { listReviews } from '#operations/catalog/reviews.ts';
import { ratingOf, reviewOf, seeded } from '#tests/operations/seed.ts';
import { bySchema, openShop, problemOf, type Shop, type Told } from '#tests/operations/shop.ts';
import { runs } from '#tests/support/long.ts';

const TARGET = '/api/products/p-000005/reviews';
const FIVE = seeded('p-000005');
let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});
beforeEach(() => shop.restart());
afterAll(() => shop.close());

const idsOf = ({ body }: Told) => (body.items as { id: string }[]).map(({ id }) => id);

async function walk(target: string, limit: number): Promise<string[]> {
  const ids: string[] = [];
  let next: unknown = '';
  while (typeof next === 'string') {
    const answer = await shop.ask(`${target}?limit=${limit}${next && `&cursor=${next}`}`);
    expect(answer.status).toBe(200);
    ids.push(...idsOf(answer));
    next = answer.body.next;
  }
  return ids;
}

describe('reviews, complete', () => {
  test('are the seed’s, newest first, with the rating of them all', async () => {
    const answer = await shop.ask(`${TARGET}?limit=3`);
    expect([answer.status, answer.meta]).toEqual([200, { complete: true, sections: {} }]);
    expect(answer.body).toEqual({
      items: [0, 1, 2].map((place) => reviewOf(reviewAt(FIVE, place))),
      total: FIVE.reviewCount,
      rating: ratingOf(FIVE),
      next: expect.any(String),
    });
    expect(bySchema(listReviews, answer)).toEqual(answer.body);
  });

  test('are walked by their cursors without loss or doubles, whatever the page’s size', async () => {
    const few = Array.from({ length: 400 }, (_, index) => productAt(index)).filter(
      ({ reviewCount }) => reviewCount < 90,
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...few), fc.integer({ min: 1, max: 50 }), async (product, limit) => {
        const ids = await walk(`/api/products/${product.id}/reviews`, limit);
        expect(ids).toEqual(Array.from({ length: product.reviewCount }, (_, place) => reviewAt(product, place).id));
      }),
      { numRuns: runs(25) },
    );
  });

  test('come newest first over the border of two pages', async () => {
    const first = await shop.ask(`${TARGET}?limit=10`);
    const second = await shop.ask(`${TARGET}?limit=10&cursor=${first.body.next}`);
    const times = [first, second].flatMap(({ body }) => (body.items as { at: string }[]).map(({ at }) => at));
    expect(times).toHaveLength(20);
    expect(times).toEqual([...times].sort().reverse());
  });

  test('of a product without reviews are none, and its rating is null', async () => {
    const index = Array.from({ length: PRODUCT_COUNT }, (_, at) => at).find((at) => productAt(at).reviewCount === 0);
    const { body } = await shop.ask(`/api/products/${productAt(index as number).id}/reviews`);
    expect(body).toEqual({ items: [], total: 0, rating: { average: null, count: 0 } });
  });
});

describe('reviews, degraded', () => {
  test('are shown without the rating where only that is late', async () => {
    await shop.ask(`${TARGET}?limit=4`);
    // The page is in the cache already, the summary is not: one word for one upstream can't part them.
    const { calls } = shop.lane();
    for (const key of [...calls.keys()]) if (key.includes('summaries')) calls.delete(key);
    const whole = await shop.ask(`${TARGET}?limit=4`);
    expect(whole.meta?.complete).toBe(true);
    expect(whole.body.rating).toEqual(ratingOf(FIVE));
  });

  test('that are none upstream are none here, and the answer is complete', async () => {
    const { status, body, meta } = await shop.under('reviews=empty', TARGET);
    expect([status, meta?.complete]).toEqual([200, true]);
    expect(body).toEqual({ items: [], total: 0, rating: { average: null, count: 0 } });
  });
});

describe('reviews, refused', () => {
  test.each([
    ['reviews=down', 502, 'upstream-failed'],
    ['reviews=drifted', 502, 'upstream-contract'],
    ['reviews=huge', 502, 'upstream-contract'],
  ])('under %s are a %i %s that names the section', async (scenario, status, code) => {
    const problem = problemOf(await shop.under(scenario, TARGET));
    expect(problem).toMatchObject({ status, code });
    expect(problem.detail).toContain('"page"');
  });

  test('are a 504 where the upstream hangs, within the client’s deadline', async () => {
    expect(problemOf(await shop.under('reviews=hang', TARGET, 100))).toMatchObject({
      status: 504,
      code: 'upstream-timeout',
    });
  });

  test('are a 404 for a product that is not there', async () => {
    expect(problemOf(await shop.ask('/api/products/p-999999/reviews'))).toMatchObject({
      status: 404,
      code: 'not-found',
    });
  });

  test('for a cursor of another page size, of no list, and past six digits', async () => {
    const { body } = await shop.ask(`${TARGET}?limit=10`);
    const cursors = [
      body.next,
      'Zm9v',
      Buffer.from('1234567.10').toString('base64url'),
      Buffer.from('0.10').toString('base64url'),
    ];
    const limits = [11, 10, 10, 10];
    for (const [index, cursor] of cursors.entries()) {
      const problem = problemOf(await shop.ask(`${TARGET}?limit=${limits[index]}&cursor=${cursor}`));
      expect(problem).toMatchObject({ status: 400, code: 'invalid-request' });
    }
  });

  test('for limits that are none, and every bad field is named', async () => {
    expect(problemOf(await shop.ask('/api/products/5/reviews?limit=51&sort=new'))).toMatchObject({
      status: 400,
      fields: ['query sort: unknown', 'path id: invalid_format', 'query limit: too_big'],
    });
  });
});
