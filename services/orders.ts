import { upstream } from '#kernel/upstream/menu.ts';
import { path } from '#kernel/upstream/path.ts';
import { Order, OrderPage } from '#schemas/upstream/orders.ts';

const http = upstream('orders', { timeout: 1_000, attempts: 2, parallel: 64 }).asUser;

export const orders = {
  page: (first: number, after?: string) => http.get(path`orders`.query({ first, after }), OrderPage),
  order: (id: string) => http.get(path`orders/${id}`, Order),
};
