import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { listAddresses } from '#operations/addresses.ts';
import { listOrders } from '#operations/orders.ts';
import { searchProducts } from '#operations/search.ts';
import { nextOf, positionOf } from '#operations/shape/cursor.ts';
import { answered } from '#tests/support/answered.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';

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
  const operations = [searchProducts, listOrders, listAddresses];
  shop = answered(startEngine({ catalog: url, orders: url, customers: url }, operations), (_, path) => {
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

test.each(LISTS.flatMap((list) => [null, '', undefined].map((place) => ({ ...list, place }))))(
  '$target ends at $place',
  async ({ target, page, place }) => {
    answers(page(place));
    const { status, json: body } = await shop.ask(target, ADA);
    expect({ status, next: body.next }).toEqual({ status: 200, next: undefined });
  },
);

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
    { numRuns: 50 },
  );
});
