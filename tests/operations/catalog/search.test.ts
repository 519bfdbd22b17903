import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CATEGORIES, DEPARTMENTS } from '#mocks/seed/categories.ts';
import { PRODUCT_COUNT, productAt } from '#mocks/seed/products.ts';
import { searchProducts } from '#operations/catalog/search.ts';
import { cardOf, seeded } from '#tests/operations/seed.ts';
import { bySchema, openShop, problemOf, type Shop, type Told } from '#tests/operations/shop.ts';
import { LONG } from '#tests/support/long.ts';

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});
beforeEach(() => shop.restart());
afterAll(() => shop.close());

const ALL = Array.from({ length: PRODUCT_COUNT }, (_, index) => productAt(index));
const inCategory = (id: string) => ALL.filter(({ category }) => category.id === id || category.parent === id);
const idsOf = ({ body }: Told) => (body.items as { id: string }[]).map(({ id }) => id);

/** Every id from the first page to the last, as a client that follows `next` gets them. */
async function walk(query: string): Promise<string[]> {
  const ids: string[] = [];
  let next: unknown = '';
  while (typeof next === 'string') {
    const answer = await shop.ask(`/api/products?${query}${next && `&cursor=${next}`}`);
    expect(answer.status).toBe(200);
    ids.push(...idsOf(answer));
    next = answer.body.next;
  }
  return ids;
}

describe('a search, complete', () => {
  test('finds what the words say, as cards with the seed’s prices and ratings', async () => {
    const answer = await shop.ask('/api/products?q=lamp&limit=12&currency=GBP');
    const found = ALL.filter(({ title, category, colour, material }) =>
      `${title} ${category.name} ${colour} ${material}`.toLowerCase().includes('lamp'),
    );
    expect([answer.status, answer.meta]).toEqual([200, { complete: true, sections: {} }]);
    expect(answer.body.total).toBe(found.length);
    expect(answer.body.items).toEqual(found.slice(0, 12).map((product) => cardOf(product, shop.origin, 'GBP')));
    expect(bySchema(searchProducts, answer)).toEqual(answer.body);
  });

  test('is walked by its cursors without loss or doubles, whatever the category and the page’s size', async () => {
    const departments = DEPARTMENTS.map(({ id }) => id);
    const categories = fc.constantFrom(...CATEGORIES.map(({ id }) => id), ...departments);
    await fc.assert(
      fc.asyncProperty(categories, fc.integer({ min: 37, max: 48 }), async (category, limit) => {
        const ids = await walk(`category=${category}&limit=${limit}`);
        expect(ids).toEqual(inCategory(category).map(({ id }) => id));
      }),
      { numRuns: LONG ? 5 : 1 },
    );
  });

  test('of few things is walked by pages of any size', async () => {
    const q = 'fjordling+classic+indigo';
    const expected = await walk(`q=${q}&limit=48`);
    expect(expected.length).toBeGreaterThan(5);
    for (const limit of [1, 2, 3, expected.length - 1, expected.length, expected.length + 1])
      expect(await walk(`q=${q}&limit=${limit}`)).toEqual(expected);
  });

  test('is ordered by title or by age, and each order is walked to its end', async () => {
    const lamps = inCategory('lamps');
    const byTitle = (await walk('category=lamps&sort=title&limit=48')).map((id) => seeded(id).title);
    const byAge = (await walk('category=lamps&sort=newest&limit=48')).map((id) => seeded(id).createdAt);
    expect(byTitle).toEqual(lamps.map(({ title }) => title).sort());
    expect(byAge).toEqual(lamps.map(({ createdAt }) => createdAt).sort((a, b) => b - a));
  });

  test('that finds nothing is an empty page, not a problem', async () => {
    const { status, body, meta } = await shop.ask('/api/products?q=zzzzzz');
    expect([status, body, meta?.complete]).toEqual([200, { items: [], total: 0 }, true]);
  });
});

describe('a search, degraded', () => {
  test.each([
    ['pricing=down', 'price', 'page.items.prices', 'unavailable'],
    ['pricing=drifted', 'price', 'page.items.prices', 'contract'],
    ['reviews=down', 'rating', 'page.items.ratings', 'unavailable'],
    ['reviews=drifted', 'rating', 'page.items.ratings', 'contract'],
  ])('under %s shows the same cards without %s', async (scenario, field, section, reason) => {
    const whole = await shop.ask('/api/products?q=lamp&limit=5');
    const { status, body, meta } = await shop.under(scenario, '/api/products?q=lamp&limit=5');
    const bare = (whole.body.items as Record<string, unknown>[]).map(({ [field]: _, ...card }) => card);
    expect([status, meta?.complete]).toEqual([200, false]);
    expect(meta?.sections).toEqual({ [section]: { state: 'fallback', reason } });
    expect(body).toEqual({ ...whole.body, items: bare });
  });

  test('shows cards without prices where pricing has none', async () => {
    const { body, meta } = await shop.under('pricing=empty', '/api/products?q=lamp&limit=5');
    expect(body.items).toHaveLength(5);
    expect(body.items).not.toContainEqual(expect.objectContaining({ price: expect.anything() }));
    expect(meta?.complete).toBe(true);
  });
});

describe('a search, refused', () => {
  test.each([
    ['catalog=down', 502, 'upstream-failed'],
    ['catalog=drifted', 502, 'upstream-contract'],
    ['catalog=huge', 502, 'upstream-contract'],
  ])('under %s is a %i %s', async (scenario, status, code) => {
    const problem = problemOf(await shop.under(scenario, '/api/products?q=lamp'));
    expect(problem).toMatchObject({ status, code, type: `http://localhost:3000/problems/${code}` });
    expect(problem.detail).toContain('"page"');
  });

  test.each([
    ['limit=0', ['query limit: too_small']],
    ['limit=49', ['query limit: too_big']],
    ['limit=ten', ['query limit: invalid_format']],
    ['limit=1.5', ['query limit: invalid_format']],
    ['q=%20%20', ['query q: too_small']],
    [`q=${'a'.repeat(81)}`, ['query q: too_big']],
    ['category=LAMPS', ['query category: invalid_format']],
    ['category=..%2Fimages', ['query category: invalid_format']],
    ['sort=worst', ['query sort: invalid_value']],
    ['cursor=%25', ['query cursor: invalid_format']],
    ['page=2&limit=0&limit=3', ['query limit: repeated', 'query page: unknown', 'query limit: too_small']],
  ])('for ?%s, and every bad field is named', async (query, fields) => {
    expect(problemOf(await shop.ask(`/api/products?${query}`))).toMatchObject({
      status: 400,
      code: 'invalid-request',
      fields,
    });
  });

  test('for a cursor that the catalog does not take, as the client’s mistake and not the catalog’s', async () => {
    const problem = problemOf(await shop.ask('/api/products?cursor=bm9uc2Vuc2U'));
    expect(problem).toMatchObject({ status: 400, code: 'invalid-request' });
  });
});
