import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CATEGORIES, DEPARTMENTS } from '#mocks/seed/categories.ts';
import { getCategories } from '#operations/catalog/categories.ts';
import { bySchema, openShop, problemOf, type Shop } from '#tests/operations/shop.ts';

const TARGET = '/api/categories';
let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});
beforeEach(() => shop.restart());
afterAll(() => shop.close());

describe('categories', () => {
  test('are the seed’s, each below its department and none lost', async () => {
    const answer = await shop.ask(TARGET);
    expect([answer.status, answer.meta]).toEqual([200, { complete: true, sections: {} }]);
    expect(answer.body).toEqual({
      categories: DEPARTMENTS.map(({ id, name }) => ({
        id,
        name,
        children: CATEGORIES.filter(({ parent }) => parent === id).map((category) => ({
          id: category.id,
          name: category.name,
        })),
      })),
    });
    expect(bySchema(getCategories, answer)).toEqual(answer.body);
  });

  test('are never half there: what they are made of is one call', async () => {
    const { status, body, meta } = await shop.under('catalog=empty', TARGET);
    expect([status, body, meta?.complete]).toEqual([200, { categories: [] }, true]);
  });

  test.each([
    ['catalog=down', 502, 'upstream-failed'],
    ['catalog=drifted', 502, 'upstream-contract'],
    ['catalog=huge', 502, 'upstream-contract'],
  ])('under %s are a %i %s', async (scenario, status, code) => {
    const problem = problemOf(await shop.under(scenario, TARGET));
    expect(problem).toMatchObject({ status, code, type: `http://localhost:3000/problems/${code}` });
    expect(problem.detail).toContain('"categories"');
  });

  test('are refused for a key that they do not know', async () => {
    expect(problemOf(await shop.ask(`${TARGET}?depth=2`))).toMatchObject({
      status: 400,
      fields: ['query depth: unknown'],
    });
  });
});
