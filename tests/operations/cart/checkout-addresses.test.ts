import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { beforeEach, describe, expect, test } from 'vitest';
import { Addresses } from '#app/(shop)/checkout/choices.tsx';
import { getCheckout } from '#operations/cart/checkout.ts';
import type { CheckoutView } from '#schemas/view/cart/checkout.ts';
import { answered } from '#tests/support/answered.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';

const ADA = { authorization: 'Bearer ada' };
const AT = '2026-11-29T12:00:00Z';
const idAt = (at: number) => `a-${String(at).padStart(6, '0')}`;
const addressOf = (id: string) => ({
  address_id: id,
  revision: 1,
  full_name: 'Ada',
  line1: id,
  line2: null,
  city: 'B',
  region: null,
  postal_code: '10119',
  country_code: 'DE',
  phone: null,
  created_at: AT,
  updated_at: AT,
});
const customer = {
  given_name: 'A',
  family_name: 'L',
  email: 'a@b.test',
  phone: null,
  member_since: AT,
  segment: 'gold',
  default_address_id: null,
};

const COUNT = 120;
let shop: TestEngine;

/** A customer with more addresses than go on a page, whose upstream tells its places as text of its own. */
beforeEach(() => {
  const urls = Object.fromEntries(['cart', 'customers'].map((name) => [name, `http://${name}.test/`]));
  shop = answered(startEngine(urls, [getCheckout]), (name, path) => {
    const { pathname, searchParams } = new URL(path, 'http://a.test');
    if (name === 'cart') return { items: [] };
    if (pathname === '/me') return customer;
    const [, , , id] = pathname.split('/');
    if (id !== undefined) return addressOf(id);
    const from = Number(searchParams.get('page_token')?.slice('from '.length) ?? 0);
    if (Number.isNaN(from)) return 400;
    const end = Math.min(COUNT, from + Number(searchParams.get('page_size')));
    const addresses = Array.from({ length: end - from }, (_, at) => addressOf(idAt(from + at)));
    return { addresses, next_page_token: end < COUNT ? `from ${end}` : null };
  });
});

const look = async (query = '') => {
  const { status, json } = await shop.ask(`/api/checkout${query}`, ADA);
  expect(status).toBe(200);
  return json as unknown as CheckoutView;
};
const idsOf = ({ addresses }: CheckoutView) => addresses.map(({ id }) => id);

describe('addresses at the checkout', () => {
  test('are all within reach, page by page, and the chosen one is on each', async () => {
    const seen = new Set<string>();
    let pages = 0;
    for (let next: string | undefined = ''; next !== undefined; pages++) {
      const view = await look(next && `?cursor=${next}`);
      expect(idsOf(view)).toContain(view.address);
      for (const id of idsOf(view)) seen.add(id);
      next = view.next;
    }
    expect([pages, seen.size]).toEqual([3, COUNT]);
  });

  test('begin with the one that was chosen from another page', async () => {
    const view = await look(`?address=${idAt(99)}`);
    expect(view.address).toBe(idAt(99));
    expect(idsOf(view)).toEqual([idAt(99), ...Array.from({ length: 50 }, (_, at) => idAt(at))]);
  });

  test('are no page at all where a cursor is none of ours', async () => {
    const { status, json } = await shop.ask('/api/checkout?cursor=zzz', ADA);
    expect(status).toBe(400);
    expect(json.errors).toMatchObject([{ in: 'query', path: 'cursor' }]);
  });

  const asked = { address: idAt(0), cursor: undefined, service: undefined, scenario: undefined, whole: undefined };
  const page = (view: CheckoutView, more = {}) =>
    renderToStaticMarkup(createElement(Addresses, { asked: { ...asked, ...more }, view }));

  test('have links to the other pages, and say that there are more', async () => {
    const first = await look();
    expect(page(first)).toContain('49 of them on this page');
    expect(page(first)).toContain(`href="/checkout?address=${idAt(0)}&amp;cursor=${first.next}"`);
    const second = await look(`?cursor=${first.next}`);
    const html = page(second, { cursor: first.next });
    expect(html).toContain('<details class="folded" open="">');
    expect(html).toContain('First page');
    expect(html).toContain(`href="/checkout?address=${idAt(70)}&amp;cursor=${first.next}"`);
  });

  test('say nothing of pages where there is one', async () => {
    const { next: _, ...view } = await look();
    expect(page({ ...view, addresses: view.addresses.slice(0, 5) })).toContain('One of your 4 other addresses');
    expect(page(view)).not.toContain('page');
  });
});
