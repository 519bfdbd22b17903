import { beforeEach, describe, expect, test } from 'vitest';
import { getCart } from '#operations/cart/cart.ts';
import { getCheckout } from '#operations/cart/checkout.ts';
import { getHome } from '#operations/catalog/home.ts';
import { answered } from '#tests/support/answered.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';

const IDS = Array.from({ length: 16 }, (_, at) => `p-${String(at).padStart(6, '0')}`);
const product = (id: string) => ({
  product_id: id,
  title: `Thing ${id}`,
  brand_name: '',
  long_description: '',
  category_id: 'things',
  images: [],
  attributes: [],
  weight_grams: 100,
});
const address = {
  address_id: 'a-000001',
  revision: 1,
  full_name: 'Ada',
  line1: 'L 1',
  line2: null,
  city: 'B',
  region: null,
  postal_code: '10119',
  country_code: 'DE',
  phone: null,
  created_at: '2026-11-29T12:00:00Z',
  updated_at: '2026-11-29T12:00:00Z',
};
const customer = {
  customer_id: 'c',
  given_name: 'A',
  family_name: 'L',
  email: 'a@b.test',
  phone: null,
  member_since: '2026-11-29T12:00:00Z',
  segment: 'gold',
  default_address_id: 'a-000001',
};
const rate = {
  rate_id: 's',
  carrier: 'C',
  service: 's',
  amount: '4.90',
  currency: 'EUR',
  est_days: { min: 1, max: 2 },
};
const ADA = { authorization: 'Bearer ada' };

type Answer = (ids: readonly string[], cursor: string | null) => unknown;
let products: Answer;
let asked: number;
let shop: TestEngine;

beforeEach(() => {
  asked = 0;
  const names = ['catalog', 'pricing', 'inventory', 'reviews', 'content', 'cart', 'customers', 'shipping'];
  const urls = Object.fromEntries(names.map((name) => [name, `http://${name}.test/`]));
  shop = answered(startEngine(urls, [getCart, getCheckout, getHome]), (name, path, body) => {
    const { searchParams } = new URL(path, 'http://a.test');
    if (path.startsWith('products')) {
      asked++;
      return products((searchParams.get('ids') ?? '').split(','), searchParams.get('cursor'));
    }
    if (name === 'cart') {
      const items = IDS.map((sku, at) => ({ lineId: `l-${at}`, sku, qty: 1, addedAt: 1 }));
      return { cartId: 'c', owner: 'o', revision: 1, updatedAt: 1, items };
    }
    if (name === 'content')
      return { slug: 'home', locale: 'en', blocks: [{ blockType: 'productRail', heading: 'R', productIds: IDS }] };
    if (name === 'pricing') {
      const quotes = (JSON.parse(body ?? '{}').productIds as string[]).map((productId) => ({
        productId,
        currencyCode: 'EUR',
        amountMinor: 100,
        wasAmountMinor: null,
        validUntil: 1,
      }));
      return { quotes };
    }
    if (name === 'shipping') return { request_id: 'r', rates: [rate] };
    if (path === 'me') return customer;
    if (path === 'me/addresses/a-000001') return address;
    if (path.startsWith('me/addresses')) return { addresses: [address], next_page_token: null };
    if (path === 'categories') return { categories: [] };
    return undefined;
  });
});

/** Pages of three, as cursors have it. */
const byThrees: Answer = (ids, cursor) => {
  const from = Number(cursor ?? 0);
  const next = from + 3 < ids.length ? String(from + 3) : null;
  return { results: ids.slice(from, from + 3).map(product), total_count: ids.length, next_cursor: next };
};
const titles = (view: Record<string, unknown>) =>
  (view.lines as { title?: string }[]).filter(({ title }) => title !== undefined).length;

describe('products by their ids that come page by page', () => {
  test('are asked for on', async () => {
    products = byThrees;
    const { json: view, sections } = await shop.ask('/api/cart', ADA);
    expect({ titles: titles(view), asked }).toEqual({ titles: 16, asked: 6 });
    expect(sections).not.toHaveProperty(['cart.products.rest']);
    const home = await shop.ask('/api/home');
    expect((home.json.blocks as { products: unknown[] }[])[0]?.products).toHaveLength(16);
  });

  test.each<[string, Answer]>([
    ['the same page again', (ids) => byThrees(ids, null)],
    [
      'a page of others',
      (ids, at) => (at ? { ...(byThrees(['p-999999'], null) as object), next_cursor: 'x' } : byThrees(ids, at)),
    ],
    ['no way on', (ids) => ({ ...(byThrees(ids, null) as object), next_cursor: null })],
    ['an empty cursor', (ids) => ({ ...(byThrees(ids, null) as object), next_cursor: '' })],
  ])('are reported where there is %s', async (_, answer) => {
    products = answer;
    const { json: view, sections } = await shop.ask('/api/cart', ADA);
    expect(titles(view)).toBe(3);
    expect(sections['cart.products.rest']).toEqual({ state: 'missing', reason: 'contract' });
    expect((await shop.ask('/api/home')).sections['cards.products.rest']).toMatchObject({ reason: 'contract' });
    const checkout = await shop.ask('/api/checkout', ADA);
    // That nobody knows of them does not mean that they are not for sale.
    expect(checkout.json.obstacle).toBeUndefined();
    expect(checkout.sections.services).toEqual({ state: 'missing', reason: 'contract' });
    expect(asked).toBeLessThan(12);
  });

  test('that the catalog does not know are not there, and nothing is missing', async () => {
    products = (ids) => ({ results: ids.slice(0, 3).map(product), total_count: 3, next_cursor: null });
    const { json: view, sections } = await shop.ask('/api/cart', ADA);
    expect(titles(view)).toBe(3);
    expect(sections).not.toHaveProperty(['cart.products.rest']);
  });
});
