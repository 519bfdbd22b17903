import { cache } from '#kernel/cache/policy.ts';
import type { PrivateId } from '#kernel/identity/private-id.ts';
import { purgingPrivate } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { NOTHING, upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { Cart } from '#schemas/upstream/cart.ts';
import { tags } from './tags.ts';

const http = upstream('cart', { timeout: 800, attempts: 2, parallel: 64 });

/** The owner of a cart: the customer's subject, or a guest's name. */
type Owner = PrivateId<'owner'>;

/** Carts are reached by their owner's id, under our own name: guests have no token. Nothing of them is cached. */
export const cart = {
  /** What a write is answered with is the cart as it is then, or nothing. */
  read: (owner: Owner) => http.get(path`carts/${owner}`, Cart, cache.none.tagged(tags.cart)),
  add: (owner: Owner, sku: string, qty: number, key: string | undefined) =>
    purgingPrivate(
      http.post(path`carts/${owner}/lines`, { sku, qty }, Cart.optional(), { 'idempotency-key': key }),
      tags.cart,
    ),
  change: (owner: Owner, line: string, qty: number) =>
    purgingPrivate(http.patch(path`carts/${owner}/lines/${line}`, { qty }, Cart.optional()), tags.cart),
  remove: (owner: Owner, line: string) => purgingPrivate(http.delete(path`carts/${owner}/lines/${line}`), tags.cart),
  /** Merges a guest's cart into a customer's cart. A second time it moves nothing more. */
  merge: (customer: Owner | string, from: PrivateId<'guest'>) =>
    purgingPrivate(http.post(path`carts/${customer}/merge`, { from }, NOTHING), tags.cart),
};
