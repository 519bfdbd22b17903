import { expect, test } from 'vitest';
import { addCartLine, changeCartLine, getCart, getCartLine, removeCartLine } from '#operations/cart/cart.ts';
import { answered } from '#tests/support/answered.ts';
import { startEngine } from '#tests/support/engine.ts';

const ADA = { authorization: 'Bearer ada' };
const P = 'p-000042';

/** A shop whose cart has one line of this id, and the paths that its cart was asked for. */
function shopWith(lineId: string) {
  const asked: string[] = [];
  const urls = Object.fromEntries(
    ['cart', 'catalog', 'pricing', 'inventory'].map((name) => [name, `http://${name}.test/`]),
  );
  const operations = [getCart, getCartLine, addCartLine, changeCartLine, removeCartLine];
  const shop = answered(startEngine(urls, operations), (name, path) => {
    if (name !== 'cart') return undefined;
    asked.push(decodeURIComponent(path));
    return { items: [{ lineId, sku: P, qty: 1 }] };
  });
  return { shop, asked };
}

test.each(['l-1', 'l:1', 'x'.repeat(200), 'YWJj+ZGVm==', '0', '-', 'urn:line:42', 'a.b~c@d'])(
  'the line %s that we show is taken when it comes back',
  async (id) => {
    const { shop, asked } = shopWith(id);
    const { json: cart } = await shop.ask('/api/cart', ADA);
    expect((cart.lines as { id: string }[])[0]?.id).toBe(id);
    const added = await shop.ask('/api/cart/lines', ADA, { method: 'POST', body: { product: P, quantity: 1 } });
    const { location = '' } = added.headers;
    expect((await shop.ask(location, ADA)).json.id).toBe(id);
    expect((await shop.ask(location, ADA, { method: 'PATCH', body: { quantity: 2 } })).status).toBe(200);
    expect((await shop.ask(location, ADA, { method: 'DELETE' })).status).toBe(204);
    expect(asked.filter((path) => path.endsWith(`/lines/${id}`))).toHaveLength(2);
  },
);

test.each(['.', '..', 'a/b', 'YWJj/ZGVm', 'a b', 'a?b', 'é', '%2e', 'x'.repeat(201)])(
  'the line %j, that no address can name, is shown, and nothing is asked for it',
  async (id) => {
    const { shop, asked } = shopWith(id);
    const { status, json: cart } = await shop.ask('/api/cart', ADA);
    expect([status, (cart.lines as { id: string }[])[0]?.id]).toEqual([200, id]);
    const added = await shop.ask('/api/cart/lines', ADA, { method: 'POST', body: { product: P, quantity: 1 } });
    const { location = '' } = added.headers;
    const before = asked.length;
    for (const method of ['GET', 'DELETE']) {
      const { status: refused } = await shop.ask(location, ADA, { method });
      expect([400, 404]).toContain(refused);
    }
    expect(asked.length).toBe(before);
  },
);

test('a line without an id is drift', async () => {
  const { shop } = shopWith('');
  expect((await shop.ask('/api/cart', ADA)).json).toMatchObject({ status: 502, code: 'upstream-contract' });
  expect([...shop.lane().ledger.values()]).toMatchObject([{ upstream: 'cart', path: 'items[].lineId' }]);
});
