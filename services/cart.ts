import { cache } from '#kernel/cache/policy.ts';
import type { Own } from '#kernel/identity/own.ts';
import { purgingOwn } from '#kernel/upstream/calls/call.ts';
import { NOTHING, upstream } from '#kernel/upstream/calls/menu.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { Cart } from '#schemas/upstream/cart.ts';
import { tags } from './tags.ts';

const http = upstream('cart', { timeout: 800, attempts: 2, parallel: 64 });

/** Whose cart it is: the customer's subject, or a guest's name. */
type Owner = Own<'owner'>;

/** Carts are reached by their owner's id, under our own name: guests have no token. Nothing of them is kept. */
export const cart = {
  /** What a write is answered with is the cart as it is then, or nothing. */
  read: (owner: Owner) => http.get(path`carts/${owner}`, Cart, cache.none.tagged(tags.cart)),
  add: (owner: Owner, sku: string, qty: number, key: string | undefined) =>
    purgingOwn(
      http.post(path`carts/${owner}/lines`, { sku, qty }, Cart.optional(), { 'idempotency-key': key }),
      tags.cart,
    ),
  change: (owner: Owner, line: string, qty: number) =>
    purgingOwn(http.patch(path`carts/${owner}/lines/${line}`, { qty }, Cart.optional()), tags.cart),
  remove: (owner: Owner, line: string) => purgingOwn(http.delete(path`carts/${owner}/lines/${line}`), tags.cart),
  /** Moves what a guest has put aside into a customer's cart. Made twice it moves nothing more. */
  merge: (customer: Owner | string, from: Own<'guest'>) => http.post(path`carts/${customer}/merge`, { from }, NOTHING),
};
