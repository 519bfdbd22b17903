import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { getHomeV1 } from '#operations/catalog/mobile-home.ts';
import { toHomeV1 } from '#operations/shape/home-v1.ts';
import { amountOf } from '#operations/shape/money.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import type { MobileCard, MobileHomeView } from '#schemas/view/catalog/mobile-home.ts';
import type { HomeV1View, ProductV1 } from '#schemas/view/v1/home.ts';
import { bySchema, openShop, problemOf, type Shop } from '#tests/operations/shop.ts';
import { bearerIs } from '#tests/support/engine.ts';

const NEW = '/api/mobile/home';
const OLD = '/api/v1/home';
let shop: Shop;

beforeAll(async () => {
  shop = await openShop({ identify: bearerIs });
});
beforeEach(() => shop.restart());
afterAll(() => shop.close());

const old = async (headers?: Record<string, string>) => (await shop.ask(OLD, headers)).body as unknown as HomeV1View;
const now = async (headers?: Record<string, string>) =>
  (await shop.ask(NEW, headers)).body as unknown as MobileHomeView;

/** What a version 1 product says of a card, counted anew: by a number with a point instead of by its digits. */
const asV1 = ({ id, title, image, price, stars, stock }: MobileCard): ProductV1 => ({
  product_id: id,
  name: title,
  image_url: image ?? null,
  price: price ? (price.now.minor / 100).toFixed(2) : null,
  old_price: price?.was ? (price.was.minor / 100).toFixed(2) : null,
  currency: price?.now.currency ?? '',
  rating: stars ?? null,
  available: stock === 'in-stock' || stock === 'low' || stock === undefined,
});

describe('the first screen of version 1, complete', () => {
  test('says what the new route says, in the words of version 1', async () => {
    // A busy machine may leave a first request too little time.
    for (let tries = 0; tries < 20 && !(await shop.ask(NEW)).meta?.complete; tries++);
    const { hero, rails, suggested, categories } = await now();
    const answer = await shop.ask(OLD);
    const body = answer.body as unknown as HomeV1View;
    expect([answer.status, answer.meta]).toEqual([200, { complete: true, sections: {} }]);
    expect(body.banner).toEqual({
      headline: hero?.title,
      body: hero?.text,
      image_url: hero?.image,
      target: hero?.link,
    });
    expect(body.sections.map(({ title }) => title)).toEqual([
      'New this week',
      'For cold mornings',
      'Recommended for you',
    ]);
    const cards = [...rails.map(({ items }) => items), suggested ?? []];
    expect(body.sections.map(({ products }) => products)).toEqual(cards.map((items) => items.map(asV1)));
    expect(body.categories).toEqual(categories?.map(({ id, name }) => ({ category_id: id, name })));
    expect([body.cart_count, body.last_order]).toEqual([0, null]);
    expect(bySchema(getHomeV1, answer)).toEqual(answer.body);
  });

  test('is in English whatever a phone’s language is, as it was before there were others', async () => {
    const { headers, body } = await shop.ask(OLD, { 'accept-language': 'de' });
    expect((body as unknown as HomeV1View).banner?.headline).toBe('Things that stay');
    expect([headers['content-language'], headers.vary]).toEqual([undefined, expect.not.stringContaining('Language')]);
  });

  test('is a bearer’s own, by the same rules', async () => {
    const mira = { authorization: 'Bearer mira' };
    const [asNew, asOld] = [await now(mira), await shop.ask(OLD, mira)];
    expect(asOld.body).toMatchObject({ cart_count: asNew.cart?.pieces ?? 0 });
    expect(asOld.headers['cache-control']).toBe('private, no-cache');
    expect(asOld.headers.vary).toContain('Authorization');
    expect(await old({ authorization: 'Bearer jonas' })).not.toEqual(asOld.body);
    expect(await old()).not.toEqual(asOld.body);
  });

  test('has the latest order of who has one', () => {
    const total = { minor: 4_290, currency: 'EUR' };
    const latestOrder = { id: 'o-000001', placedAt: '2026-11-01T10:00:00Z', state: 'shipped', total, pieces: 2 };
    expect(toHomeV1({ rails: [], cart: { pieces: 3 }, latestOrder })).toEqual({
      banner: null,
      sections: [],
      categories: [],
      cart_count: 3,
      last_order: {
        order_id: 'o-000001',
        status: 'shipped',
        total: '42.90',
        currency: 'EUR',
        created_at: '2026-11-01T10:00:00Z',
      },
    });
  });

  test('is given in each currency with its decimals', () => {
    expect(amountOf({ minor: 12_900, currency: 'EUR' })).toBe('129.00');
    expect(amountOf({ minor: 5, currency: 'EUR' })).toBe('0.05');
    expect(amountOf({ minor: 0, currency: 'GBP' })).toBe('0.00');
    expect(amountOf({ minor: 1_290, currency: 'JPY' })).toBe('1290');
    expect(amountOf({ minor: 1_290, currency: 'KWD' })).toBe('1.290');
    expect(amountOf({ minor: Number.MAX_SAFE_INTEGER, currency: 'EUR' })).toBe('90071992547409.91');
  });
});

describe('the first screen of version 1, degraded', () => {
  test.each(UPSTREAMS)('without %s every key is there all the same', async (upstream) => {
    const { status, body } = await shop.under(`${upstream}=down`, OLD);
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['banner', 'sections', 'categories', 'cart_count', 'last_order']);
    const [product] = (body as unknown as HomeV1View).sections.flatMap(({ products }) => products);
    if (product) expect(Object.keys(product)).toEqual(Object.keys(asV1({ id: 'p-000001', title: '' })));
  });

  test('says in Section-Status what is missing, as the new route does', async () => {
    const answers = [await shop.under('reviews=down', OLD), await shop.under('reviews=down', NEW)];
    const [status, same] = answers.map(({ headers }) => headers['section-status']);
    expect(status).toMatch(/fallback;reason=unavailable/);
    expect(status).toBe(same);
  });
});

describe('the first screen of version 1, refused', () => {
  test('to a bearer who is not known, and for what is asked wrongly', async () => {
    const denied = await shop.ask(OLD, { authorization: 'Bearer bad' });
    expect(problemOf(denied)).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(problemOf(await shop.ask(`${OLD}?currency=XXX`))).toMatchObject({ status: 400, code: 'invalid-request' });
    for (const { headers } of [denied, await shop.ask(OLD)]) expect(headers.deprecation).toBe('@1788220800');
  });

  test('to builds that are too old, like the new route', async () => {
    for (const target of [OLD, NEW]) {
      const answer = await shop.ask(target, { 'x-app-version': 'ios/1.9.0' });
      expect(problemOf(answer)).toMatchObject({ status: 426, code: 'upgrade-required' });
      expect(answer.body).toMatchObject({ store: 'https://apps.apple.com/', minimum: '2.0.0' });
    }
  });
});

test('every route for apps asks what build it is, and every old one says that it goes', () => {
  for (const { route, contract } of shop.engine.operations) {
    const forApps = /^\/api\/(?:mobile|v\d+)\//.test(route.template);
    expect(contract.apps === true, route.template).toBe(forApps);
    expect(contract.deprecated !== undefined, route.template).toBe(/^\/api\/v\d+\//.test(route.template));
  }
});
