import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CATEGORIES } from '#mocks/seed/categories.ts';
import { productId } from '#mocks/seed/products.ts';
import { getHome } from '#operations/catalog/home.ts';
import { cardOf, seeded } from '#tests/operations/seed.ts';
import { bySchema, openShop, problemOf, type Shop, type Told } from '#tests/operations/shop.ts';

const TARGET = '/api/home';
let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});
beforeEach(() => shop.restart());
afterAll(() => shop.close());

type Blocks = { kind: string; products?: Record<string, unknown>[] }[];
const kindsOf = ({ body }: Told) => (body.blocks as Blocks).map(({ kind }) => kind);
const cards = (start: number, step: number, currency: string) =>
  Array.from({ length: 8 }, (_, place) =>
    cardOf(seeded(productId((start + place * step) % 10_000)), shop.origin, currency),
  );

describe('the home page, complete', () => {
  test.each(['EUR', 'GBP'])('is what the editors laid out, filled with the seed’s products in %s', async (currency) => {
    const answer = await shop.ask(`${TARGET}?currency=${currency}`);
    expect([answer.status, answer.meta]).toEqual([200, { complete: true, sections: {} }]);
    const picture = { src: `${shop.origin}/catalog/images/p-001200/1.svg`, alt: 'A lamp', width: 400, height: 400 };
    expect(answer.body.blocks).toEqual([
      expect.objectContaining({
        kind: 'hero',
        title: 'Things that stay',
        image: picture,
        link: '/search?category=lamps',
      }),
      { kind: 'rail', title: 'New this week', products: cards(17, 613, currency) },
      {
        kind: 'tiles',
        title: 'Departments',
        categories: CATEGORIES.slice(0, 8).map(({ id, name }) => ({ id, name })),
      },
      { kind: 'rail', title: 'For cold mornings', products: cards(9, 1_188, currency) },
      expect.objectContaining({ kind: 'text', title: 'Repairs' }),
    ]);
    expect(bySchema(getHome, answer)).toEqual(answer.body);
  });

  test('is in the language of its reader', async () => {
    const german = expect.arrayContaining([expect.objectContaining({ kind: 'hero', title: 'Dinge, die bleiben' })]);
    const accepting = await shop.ask(TARGET, { 'accept-language': 'de-CH' });
    expect(accepting.body.blocks).toEqual(german);
    expect(accepting.headers).toMatchObject({ 'content-language': 'de' });
    expect((await shop.ask(`${TARGET}?locale=de`)).body.blocks).toEqual(german);
    expect((await shop.ask(TARGET)).body.blocks).not.toEqual(german);
  });

  test('shows nothing of what editors’ tools add', async () => {
    expect((await shop.ask(TARGET)).text).not.toMatch(/_meta|revision|blockType/);
  });
});

describe('the home page, degraded', () => {
  test.each([
    ['catalog=down', ['hero', 'text'], { categories: 'missing', cards: 'missing' }],
    ['catalog=drifted', ['hero', 'text'], { categories: 'missing', cards: 'missing' }],
    ['pricing=down', ['hero', 'rail', 'tiles', 'rail', 'text'], { 'cards.prices': 'fallback' }],
    ['reviews=drifted', ['hero', 'rail', 'tiles', 'rail', 'text'], { 'cards.ratings': 'fallback' }],
    ['content=down', ['rail'], { layout: 'missing' }],
    ['content=drifted', ['rail'], { layout: 'missing' }],
  ])('under %s keeps what it can, and says what not', async (scenario, kinds, states) => {
    const answer = await shop.under(scenario, TARGET);
    expect([answer.status, answer.meta?.complete]).toEqual([200, false]);
    expect(kindsOf(answer)).toEqual(kinds);
    const told = Object.entries(answer.meta?.sections ?? {}).map(([name, { state }]) => [name, state]);
    expect(Object.fromEntries(told)).toEqual(states);
  });

  test('has the newest things to show where the editors’ layout can’t be had', async () => {
    const newest = await shop.ask('/api/products?sort=newest&limit=12');
    const { body } = await shop.under('content=down', TARGET);
    expect(body.blocks).toEqual([{ kind: 'rail', title: 'New arrivals', products: newest.body.items }]);
  });

  test('shows cards without prices or ratings, and everything else of them', async () => {
    const { body } = await shop.under('pricing=down,reviews=down', TARGET);
    const bare = cards(17, 613, 'EUR').map(({ price, rating, ...card }) => card);
    expect((body.blocks as Blocks)[1]?.products).toEqual(bare);
  });
});

describe('the home page, refused', () => {
  test('is so only for what the client asks wrongly: no upstream that fails can take it away', async () => {
    const all = 'catalog=down,pricing=down,inventory=down,reviews=down,recommendations=down,content=down';
    expect((await shop.under(all, TARGET)).status).toBe(200);
    expect(problemOf(await shop.ask(`${TARGET}?currency=eur&lang=de`))).toMatchObject({
      status: 400,
      fields: ['query lang: unknown', 'query currency: invalid_value'],
    });
  });

  test('in a scenario that is none', async () => {
    const problem = problemOf(await shop.under('content=tired', TARGET));
    expect(problem).toMatchObject({ status: 400, code: 'bad-scenario' });
    expect(problem.detail).toContain('slow, down, hang, drifted, empty, huge, flaky');
  });
});
