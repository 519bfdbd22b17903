import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { DEPARTMENTS } from '#mocks/seed/categories.ts';
import { productId } from '#mocks/seed/products.ts';
import { getMobileHome } from '#operations/catalog/mobile-home.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import { mobileCardOf, seeded } from '#tests/operations/seed.ts';
import { bySchema, openShop, problemOf, type Shop } from '#tests/operations/shop.ts';
import { bearerIs } from '#tests/support/engine.ts';

const TARGET = '/api/mobile/home';
const LIMIT = 8 * 1024;
let shop: Shop;

beforeAll(async () => {
  shop = await openShop({ identify: bearerIs });
});
beforeEach(() => shop.restart());
afterAll(() => shop.close());

type Cards = { id: string }[];
const asSeeded = (cards: Cards) => cards.map(({ id }) => mobileCardOf(seeded(id), shop.origin));
const gzipped = (text: string) => gzipSync(text, { level: 9 }).length;

describe('the app’s first screen, complete', () => {
  test('is made of six upstreams', async () => {
    await shop.ask(TARGET);
    const [trace] = recentTraces(1);
    expect([...new Set(trace?.calls.map(({ upstream }) => upstream))].sort()).toEqual([
      'catalog',
      'content',
      'inventory',
      'pricing',
      'recommendations',
      'reviews',
    ]);
    expect(trace?.calls.every(({ outcome }) => outcome === 'ok')).toBe(true);
  });

  test.each([
    ['in euros', '', {}],
    ['in pounds', '?currency=GBP', {}],
    ['for one customer', '', { authorization: 'Bearer mira' }],
  ])('has at most eight kilobytes, gzipped, %s', async (_, query, headers) => {
    const { text } = await shop.ask(TARGET + query, headers as Record<string, string>);
    expect(gzipped(text)).toBeLessThanOrEqual(LIMIT);
    expect(gzipped(text)).toBeGreaterThan(1_000);
  });

  test('shows the seed’s titles, prices, stars and stock, and nothing that its schema does not know', async () => {
    const answer = await shop.ask(TARGET);
    const { hero, rails, suggested, categories } = answer.body as {
      hero: object;
      rails: { title: string; items: Cards }[];
      suggested: Cards;
      categories: object[];
    };
    expect([answer.status, answer.meta]).toEqual([200, { complete: true, sections: {} }]);
    expect(hero).toMatchObject({ title: 'Things that stay', link: '/search?category=lamps' });
    expect(rails.map(({ title, items }) => [title, items.length])).toEqual([
      ['New this week', 8],
      ['For cold mornings', 8],
    ]);
    expect(rails[0]?.items.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((at) => productId(17 + at * 613)));
    for (const { items } of rails) expect(items).toEqual(asSeeded(items));
    expect(suggested).toHaveLength(6);
    expect(suggested).toEqual(asSeeded(suggested));
    expect(categories).toEqual(DEPARTMENTS.map(({ id, name }) => ({ id, name })));
    expect(bySchema(getMobileHome, answer)).toEqual(answer.body);
  });

  test('is in the language of its reader', async () => {
    const titles = async (query: string, accept?: string) => {
      const { body, headers } = await shop.ask(
        TARGET + query,
        accept === undefined ? {} : { 'accept-language': accept },
      );
      const { hero, rails } = body as { hero: { title: string }; rails: { title: string }[] };
      return [hero.title, rails[0]?.title, headers['content-language'], headers.vary];
    };
    const varies = expect.stringContaining('Accept-Language');
    const german = ['Dinge, die bleiben', 'Neu in dieser Woche', 'de', varies];
    expect(await titles('', 'de-CH, en;q=0.5')).toEqual(german);
    expect(await titles('?locale=de', 'en')).toEqual(german);
    expect(await titles('')).toEqual(['Things that stay', 'New this week', 'en', varies]);
  });

  test('differs by who asks, and one’s is never another’s', async () => {
    const asMira = { authorization: 'Bearer mira' };
    const [nobody, mira, jonas, again] = [
      await shop.ask(TARGET),
      await shop.ask(TARGET, asMira),
      await shop.ask(TARGET, { authorization: 'Bearer jonas' }),
      await shop.ask(TARGET, asMira),
    ];
    expect(new Set([nobody, mira, jonas].map(({ body }) => JSON.stringify(body.suggested))).size).toBe(3);
    expect(again.text).toBe(mira.text);
    expect(mira.headers['cache-control']).toBe('private, no-cache');
    expect(nobody.headers.vary).toContain('Authorization');
  });
});

describe('the app’s first screen, degraded', () => {
  test.each([
    ['content=down', 'hero', { layout: 'missing' }],
    ['recommendations=down', 'suggested', { suggested: 'missing' }],
    ['catalog=down', 'categories', { cards: 'missing', categories: 'missing', suggested: 'missing' }],
  ])('under %s has no %s, and says so', async (scenario, field, states) => {
    const { status, body, meta } = await shop.under(scenario, TARGET);
    const told = Object.entries(meta?.sections ?? {}).map(([name, { state }]) => [name, state]);
    expect([status, Object.fromEntries(told)]).toEqual([200, states]);
    expect(body).not.toHaveProperty(field);
  });

  test.each([
    ['inventory=down', 'stock'],
    ['pricing=down', 'price'],
    ['reviews=drifted', 'stars'],
  ])('under %s shows every card without its %s', async (scenario, field) => {
    const whole = await shop.ask(TARGET);
    const { status, body, meta } = await shop.under(scenario, TARGET);
    expect([status, meta?.complete]).toEqual([200, false]);
    const without = JSON.parse(whole.text, (key, value) => (key === field ? undefined : value));
    expect({ ...body, meta: {} }).toEqual({ ...without, meta: {} });
  });

  test('still has products to show where the editors’ layout can’t be had', async () => {
    const newest = await shop.ask('/api/products?sort=newest&limit=12');
    const { body } = await shop.under('content=down', TARGET);
    const [rail] = body.rails as { title: string; items: Cards }[];
    expect(rail?.title).toBe('New arrivals');
    expect(rail?.items.map(({ id }) => id)).toEqual((newest.body.items as Cards).map(({ id }) => id));
  });

  test('has stock on the cards that stand in for the editors’, as on any other', async () => {
    const { body } = await shop.under('content=down', TARGET);
    const [rail] = body.rails as { items: Cards }[];
    expect(rail?.items).toEqual(asSeeded(rail?.items ?? []));
  });
});

describe('the app’s first screen, refused', () => {
  test('to a bearer who is not known: never taken for anonymous', async () => {
    const answer = await shop.ask(TARGET, { authorization: 'Bearer bad' });
    expect(problemOf(answer)).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  test('for what is asked wrongly, and never for an upstream that fails', async () => {
    const all = UPSTREAMS.map((name) => `${name}=down`).join(',');
    expect((await shop.under(all, TARGET)).status).toBe(200);
    expect(problemOf(await shop.ask(`${TARGET}?parts=hero`))).toMatchObject({ status: 400, code: 'unknown-part' });
  });
});
