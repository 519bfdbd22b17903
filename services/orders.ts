import { cache } from '#kernel/cache/policy.ts';
import { purgingPrivate } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { Order, type OrderDraft, OrderPage } from '#schemas/upstream/orders.ts';
import { tags } from './tags.ts';

const http = upstream('orders', { timeout: 1_000, attempts: 2, parallel: 64 }).asUser;

const ofOrders = cache.none.tagged(tags.orders);

export const orders = {
  page: (first: number, after?: string) => http.get(path`orders`.query({ first, after }), OrderPage, ofOrders),
  /** Placed once for a key, however often it is sent. */
  place: (draft: OrderDraft, key: string) =>
    purgingPrivate(http.post(path`orders`, draft, Order, { 'idempotency-key': key }), tags.orders, tags.cart),
  order: (id: string) => http.get(path`orders/${id}`, Order, ofOrders),
};
