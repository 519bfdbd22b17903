import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { listAddresses } from '#operations/account/addresses.ts';
import { listReviews } from '#operations/catalog/reviews.ts';
import { searchProducts } from '#operations/catalog/search.ts';
import { listOrders } from '#operations/orders/orders.ts';
import { nextOf, positionOf } from '#operations/shape/cursor.ts';
import { answered } from '#tests/support/answered.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { runs } from '#tests/support/long.ts';

interface List {
  readonly target: string;
  /** How its upstream is asked to go on. */
  readonly asks: string;
  readonly page: (place: unknown) => object;
}

const LISTS: readonly List[] = [
  {
    target: '/api/products?limit=2',
    asks: 'cursor',
    page: (place) => ({ results: [], total_count: 9, next_cursor: place }),
  },
  {
    target: '/api/orders?limit=2',
    asks: 'after',
    page: (place) => ({ edges: [], pageInfo: { hasNextPage: true, endCursor: place } }),
  },
  {
    target: '/api/addresses?limit=2',
    asks: 'page_token',
    page: (place) => ({ addresses: [], next_page_token: place }),
  },
];
const PLACES = [
  'YXJyYXljb25uZWN0aW9uOjk=',
  'a/b+c==',
  'x'.repeat(1_500),
  '{"o": 24, "q": "läßt & so?#%25"}',
  ' ',
  '0',
  '\u0000\n',
  '🙂',
];
const ADA = { authorization: 'Bearer ada' };

let shop: TestEngine;
let answer: unknown;
let asked: string[];

beforeEach(() => {
  asked = [];
  const url = 'http://a.test/';
  const operations = [searchProducts, listOrders, listAddresses, listReviews];
  shop = answered(startEngine({ catalog: url, orders: url, customers: url, reviews: url }, operations), (_, path) => {
    asked.push(path);
    return answer;
  });
});

const answers = (value: unknown) => {
  answer = value;
};
const lastAsked = () => new URL(asked.at(-1) ?? '', 'http://a.test').searchParams;

test.each(LISTS.flatMap((list) => PLACES.map((place) => ({ ...list, place }))))(
  '$target goes on at $place',
  async ({ target, asks, page, place }) => {
    answers(page(place));
    const first = await shop.ask(target, ADA);
    expect(first.status).toBe(200);
    expect(first.json.next).toMatch(/^[\w-]+$/);
    expect((await shop.ask(`${target}&cursor=${first.json.next}`, ADA)).status).toBe(200);
    expect(lastAsked().get(asks)).toBe(place);
  },
);

const NOWHERE = { state: 'missing', reason: 'contract' };

test.each(LISTS.flatMap((list) => [null, '', undefined].map((place) => ({ ...list, place }))))(
  '$target ends at $place',
  async ({ target, page, place }) => {
    answers(page(place));
    const { status, json: body, sections } = await shop.ask(target, ADA);
    expect({ status, next: body.next }).toEqual({ status: 200, next: undefined });
    // Orders say that there is more, so that this is not their end.
    expect(sections['page.rest']).toEqual(target.startsWith('/api/orders') ? NOWHERE : undefined);
  },
);

test.each(LISTS)('$target that leads back to where it was asked from ends, and says what is missing', async (list) => {
  answers(list.page('here'));
  const { json: first } = await shop.ask(list.target, ADA);
  const { status, json: body, sections } = await shop.ask(`${list.target}&cursor=${first.next}`, ADA);
  expect({ status, next: body.next }).toEqual({ status: 200, next: undefined });
  expect(sections['page.rest']).toEqual(NOWHERE);
});

test('orders that end are complete, whatever cursor stands beside it', async () => {
  for (const endCursor of ['x', '', null]) {
    answers({ edges: [], pageInfo: { hasNextPage: false, endCursor } });
    const { json: body, sections } = await shop.ask('/api/orders', ADA);
    expect({ next: body.next, rest: sections['page.rest'] }).toEqual({ next: undefined, rest: undefined });
  }
});

test('reviews that answer with another page than was asked for lead nowhere', async () => {
  const reviewsOf = (page: number) => ({ page, pageSize: 1, totalItems: 3, items: [] });
  answers(reviewsOf(1));
  const { json: first, sections: of } = await shop.ask('/api/products/p-000042/reviews?limit=1');
  expect([first.next, of['page.rest']]).toEqual([expect.any(String), undefined]);
  const again = await shop.ask(`/api/products/p-000042/reviews?limit=1&cursor=${first.next}`);
  expect([again.json.next, again.sections['page.rest']]).toEqual([undefined, NOWHERE]);
  answers(reviewsOf(3));
  const last = await shop.ask(`/api/products/p-000007/reviews?limit=1&cursor=${nextOf('3.1').next}`);
  expect([last.json.next, last.sections['page.rest']]).toEqual([undefined, undefined]);
});

test.each(LISTS)('$target: what its upstream does not take, and what we never gave, is the client’s', async (list) => {
  const refused = { status: 400, errors: [{ in: 'query', path: 'cursor' }] };
  answers(400);
  const { next } = nextOf('gone');
  expect((await shop.ask(`${list.target}&cursor=${next}`, ADA)).json).toMatchObject(refused);
  const before = asked.length;
  for (const forged of ['_', 'x', 'YR', '%2B']) {
    expect((await shop.ask(`${list.target}&cursor=${forged}`, ADA)).json).toMatchObject(refused);
  }
  expect(asked).toHaveLength(before);
});

test.each(LISTS)('$target: a place that no address can hold is drift', async ({ target, page }) => {
  for (const place of ['x'.repeat(5_001), '\ud800']) {
    answers(page(place));
    shop.purge('products');
    expect((await shop.ask(target, ADA)).status).toBe(502);
  }
});

test('any text survives', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PLACES, '\uFEFF', '=', '\u{10FFFF}'), { minLength: 1 }), (parts) => {
      const place = parts.join('');
      expect(positionOf(nextOf(place).next)).toBe(place);
    }),
    { numRuns: runs(50) },
  );
});
