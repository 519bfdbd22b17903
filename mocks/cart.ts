import { hash } from 'node:crypto';
import { HttpResponse, http } from 'msw';
import { z } from 'zod';
import type { Cart } from '#schemas/upstream/cart.ts';
import { bodyOf, created, createOnce } from './effects.ts';
import { type Conduct, type FaultInjection, misbehave } from './misbehave.ts';
import { productById } from './seed/products.ts';

const MAX_QUANTITY = 99;
const MAX_LINES = 50;

const Qty = z.object({ qty: z.int().min(1).max(MAX_QUANTITY) });
const NewLine = Qty.extend({ sku: z.string() });
const Merge = z.object({ from: z.string().min(1) });

type Line = Cart['items'][number] & { readonly addedAt: number };

/** A cart as its service has it: more than we read. `revision` is 0 while nothing ever was in it. */
export interface StoredCart {
  readonly cartId: string;
  readonly owner: string;
  readonly revision: number;
  readonly updatedAt: number;
  readonly items: readonly Line[];
}

const refuse = (status: number, code: string, message: string) =>
  HttpResponse.json({ error: { code, message } }, { status });

const injection: FaultInjection = {
  error: (status, message) => refuse(status, 'unavailable', message),
  // A release that calls items lines.
  drift: ({ items, ...cart }: StoredCart) => ({ ...cart, lines: items }),
  empty: (cart: StoredCart) => ({ ...cart, items: [] }),
};

/** Carts belong to owners, and the caller's word is believed: only the inside of the shop gets here. */
export function cartHandlers(conduct: Conduct) {
  const carts = new Map<string, StoredCart>();
  const once = createOnce();
  let lines = 0;

  const cartOf = (owner: string): StoredCart => {
    const existing = carts.get(owner);
    if (existing) return existing;
    const cart = { cartId: `c-${hash('sha256', owner).slice(0, 12)}`, owner, revision: 0, updatedAt: 0, items: [] };
    carts.set(owner, cart);
    return cart;
  };
  const changed = (cart: StoredCart, items: readonly Line[]): StoredCart => {
    const next = { ...cart, revision: cart.revision + 1, updatedAt: Date.now(), items };
    carts.set(cart.owner, next);
    return next;
  };
  /** One line a product: adding to it adds up. */
  const added = (items: readonly Line[], sku: string, qty: number): readonly Line[] => {
    if (!items.some((line) => line.sku === sku))
      return [...items, { lineId: `l-${++lines}`, sku, qty, addedAt: Date.now() }];
    return items.map((line) => (line.sku === sku ? { ...line, qty: line.qty + qty } : line));
  };

  const add = (owner: string, body: unknown) => {
    const { success, data } = NewLine.safeParse(body);
    if (!success) return refuse(422, 'invalid', 'a line is a sku and a qty from 1 to 99');
    if (!productById(data.sku)) return refuse(422, 'unknown_sku', `${data.sku} is not sold`);
    const cart = cartOf(owner);
    const items = added(cart.items, data.sku, data.qty);
    if (items.length > MAX_LINES) return refuse(422, 'cart_full', `a cart has at most ${MAX_LINES} lines`);
    if (items.some(({ qty }) => qty > MAX_QUANTITY))
      return refuse(422, 'line_full', `a line has at most ${MAX_QUANTITY} pieces`);
    return changed(cart, items);
  };
  const merge = (owner: string, body: unknown) => {
    const { success, data } = Merge.safeParse(body);
    if (!success) return refuse(422, 'invalid', 'say from whom');
    const cart = cartOf(owner);
    const source = cartOf(data.from);
    if (source.items.length === 0 || data.from === owner) return cart;
    changed(source, []);
    // There is no client to tell that it is too much.
    const items = source.items.reduce((sum, { sku, qty }) => added(sum, sku, qty), cart.items);
    return changed(
      cart,
      items.slice(0, MAX_LINES).map((line) => ({ ...line, qty: Math.min(MAX_QUANTITY, line.qty) })),
    );
  };
  const onLine = (owner: string, id: string, change: (cart: StoredCart, line: Line) => StoredCart | Response) => {
    const cart = cartOf(owner);
    const line = cart.items.find(({ lineId }) => lineId === id);
    return line ? change(cart, line) : refuse(404, 'unknown_line', 'no such line');
  };

  return [
    http.get<{ owner: string }>('*/cart/carts/:owner', ({ request, params: { owner } }) =>
      misbehave('cart', request, conduct, injection, () => cartOf(owner)),
    ),
    http.post<{ owner: string }>('*/cart/carts/:owner/lines', ({ request, params: { owner } }) =>
      created(
        misbehave('cart', request, conduct, injection, async () => {
          const body = await bodyOf(request);
          return once(request, owner, () => add(owner, body));
        }),
      ),
    ),
    http.post<{ owner: string }>('*/cart/carts/:owner/merge', ({ request, params: { owner } }) =>
      misbehave('cart', request, conduct, injection, async () => {
        const body = await bodyOf(request);
        return once(request, owner, () => merge(owner, body));
      }),
    ),
    http.patch<{ owner: string; id: string }>('*/cart/carts/:owner/lines/:id', ({ request, params: { owner, id } }) =>
      misbehave('cart', request, conduct, injection, async () => {
        const { success, data } = Qty.safeParse(await bodyOf(request));
        if (!success) return refuse(422, 'invalid', 'a qty is a whole number from 1 to 99');
        return onLine(owner, id, (cart, line) =>
          changed(
            cart,
            cart.items.map((other) => (other === line ? { ...line, qty: data.qty } : other)),
          ),
        );
      }),
    ),
    http.delete<{ owner: string; id: string }>('*/cart/carts/:owner/lines/:id', ({ request, params: { owner, id } }) =>
      misbehave('cart', request, conduct, injection, () =>
        onLine(owner, id, (cart, line) => {
          changed(
            cart,
            cart.items.filter((other) => other !== line),
          );
          return new HttpResponse(null, { status: 204 });
        }),
      ),
    ),
  ];
}
