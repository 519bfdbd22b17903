import { z } from 'zod';
import { operation } from '#kernel/contract/operation.ts';
import { optional, required, subject } from '#kernel/flow/section.ts';
import { composePersonal } from '#kernel/flow/tools.ts';
import { pageFrom, whereNext } from '#operations/parts/where-next.ts';
import { positionOf } from '#operations/shape/cursor.ts';
import { toOrder, toOrderSummary } from '#operations/shape/order.ts';
import { OrderId, OrdersInput, OrdersView, OrderView } from '#schemas/view/orders/order.ts';
import { orders } from '#services/orders.ts';
import { shipping } from '#services/shipping.ts';

/** Where the parcel has been, once there is one. */
const trackingOf = (id: string) =>
  composePersonal(async ({ need }) => {
    const { shipmentId } = await need(orders.order(id));
    return shipmentId === null ? undefined : need(shipping.tracking(shipmentId));
  });

const pageAt = (limit: number, cursor: string | undefined) =>
  composePersonal(async ({ need, all }) => {
    const from = positionOf(cursor);
    const { edges, pageInfo } = await pageFrom(from, need(orders.page(limit, from)));
    const onward = { upstream: 'orders', more: pageInfo.hasNextPage, next: pageInfo.endCursor, from };
    return { items: edges.map(({ node }) => toOrderSummary(node)), ...(await whereNext(onward, { all })) };
  });

const common = { audience: 'personal', deadline: 2_500 } as const;

export const listOrders = operation(
  {
    ...common,
    id: 'listOrders',
    route: 'GET /api/orders',
    summary: 'The customer’s orders, newest first, page by page',
    input: OrdersInput,
    example: { limit: '10' },
    output: OrdersView,
  },
  ({ limit, cursor }, { all }) => all({ page: required(pageAt(limit, cursor)) }, ({ page }) => page),
);

export const getOrder = operation(
  {
    ...common,
    id: 'getOrder',
    route: 'GET /api/orders/{id}',
    summary: 'One order',
    input: z.object({ id: OrderId }),
    example: { id: 'o-000001' },
    output: OrderView,
    parts: ['tracking'],
  },
  ({ id }, { all }) =>
    all({ order: subject(orders.order(id)), tracking: optional(trackingOf(id)) }, ({ order, tracking }) =>
      toOrder(order, tracking),
    ),
);
