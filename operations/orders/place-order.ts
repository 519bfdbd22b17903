import { z } from 'zod';
import { created } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { takenOut, takeOver } from '#operations/parts/cart.ts';
import { orRefuse } from '#operations/parts/or-refuse.ts';
import { orderDraft } from '#operations/parts/order-draft.ts';
import { toOrder } from '#operations/shape/order.ts';
import { OrderRequest, OrderView } from '#schemas/view/orders/order.ts';
import { orders } from '#services/orders.ts';

const REFUSED = { 422: ['order-refused', 'The orders service does not take this order.'] } as const;

export const placeOrder = operation(
  {
    id: 'placeOrder',
    form: true,
    route: 'POST /api/orders',
    summary: 'Orders what is in the cart, once for an Idempotency-Key',
    audience: 'personal',
    input: z.object({}),
    example: {},
    body: { kind: 'json', schema: OrderRequest, limit: 2_000 },
    writes: { key: 'required' },
    answers: { 201: OrderView },
    problems: {
      'cart-empty': {
        status: 409,
        title: 'The cart is empty',
        meaning: 'There is nothing in the cart that could be ordered.',
        whatToDo: 'Put something into it first. If this was a second try with a new key, look at the orders.',
        forOperators: 'Nothing is wrong here. A rise may mean that carts are lost: look at the cart service.',
      },
      'not-for-sale': {
        status: 409,
        title: 'Something in the cart can not be had',
        meaning: 'A product in the cart has no price now, or is not sold any more.',
        whatToDo: 'Take it out of the cart, or try again later.',
        forOperators: 'A product is in the catalog without a price. Tell the owners of pricing.',
      },
      'no-such-service': {
        status: 422,
        title: 'There is no such shipping service',
        meaning: 'No carrier offers this service for these things to this address.',
        whatToDo: 'Choose one of those that /api/shipping/rates lists.',
        forOperators:
          'The carrier has withdrawn a service that the checkout still showed, or its rates could not be had.',
      },
      'total-changed': {
        status: 409,
        title: 'The total is another by now',
        meaning: 'A price has changed since the customer was shown the sum.',
        whatToDo: 'Show the new sum, and order again with a new key.',
        forOperators: 'Nothing is wrong here. Many at once mean that a price changes faster than people order.',
      },
      'order-refused': {
        status: 409,
        title: 'The order was refused',
        meaning: 'The orders service does not take this order as it is.',
        whatToDo: 'Look at the cart again, and order with a new key.',
        forOperators: 'The orders service says no to what we sent: its log has the reason.',
      },
    },
    deadline: 6_000,
  },
  async (_, { need, principal, body: { address, service, total }, key, decide }) => {
    const { draft, lines } = await decide(async () => {
      await takeOver(principal, { need });
      const made = await need(orderDraft(principal, address, service));
      if (total !== undefined && (total.minor !== made.total.minor || total.currency !== made.total.currency))
        refuse('total-changed', `It is ${made.total.minor} ${made.total.currency} now.`);
      return made;
    });
    const placed = await orRefuse(need(orders.place(draft, key)), REFUSED);
    // Lines that can't be taken out stay visible in the cart; the order is valid.
    await need(takenOut(principal, lines)).catch(() => undefined);
    const at = `/api/orders/${placed.orderId}`;
    return created(toOrder(placed, undefined), { at });
  },
);
