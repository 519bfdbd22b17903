import { hash } from 'node:crypto';
import { z } from 'zod';
import { pseudonymOf } from '#kernel/base/scope.ts';
import { created } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { scopeOf } from '#kernel/identity/principal.ts';
import { orRefuse } from '#operations/parts/or-refuse.ts';
import { PaymentRequest, PaymentView } from '#schemas/view/cart/payment-intent.ts';
import { orders } from '#services/orders.ts';
import { forBrowser, payments } from '#services/payments.ts';

const UNKNOWN = { in: 'body', path: 'order', message: 'names no order of yours', code: 'unknown' } as const;
const NO_ORDER = { 404: ['invalid-body', 'You have no such order.', UNKNOWN] } as const;

export const createPaymentIntent = operation(
  {
    id: 'createPaymentIntent',
    route: 'POST /api/checkout/payment-intents',
    summary: 'Begins the payment of an order, for its total as we have it',
    audience: 'personal',
    input: z.object({}),
    example: {},
    form: true,
    body: { kind: 'json', schema: PaymentRequest, limit: 1_000 },
    writes: { key: 'required' },
    answers: { 201: PaymentView },
    problems: {
      'not-payable': {
        status: 409,
        title: 'This order is not to be paid',
        meaning: 'It is paid already, or was cancelled.',
        whatToDo: 'Look at the order.',
        forOperators: 'Nothing is wrong here. A customer has two tabs, or the webhook of a payment came first.',
      },
    },
    deadline: 8_000,
  },
  async (_, { need, principal, body, decide }) => {
    // The sum was computed here from the cart and its quotes when the order was placed; the client does not send it.
    const { amount, currency } = await decide(async () => {
      const order = await orRefuse(need(orders.order(body.order)), NO_ORDER);
      if (order.status !== 'placed') refuse('not-payable', `It is ${order.status}.`);
      return { amount: order.totalAmountMinor, currency: order.currencyCode.toLowerCase() };
    });
    const metadata = { order: body.order, owner: pseudonymOf(scopeOf(principal)) };
    // Stripe's keys are the account's, not a customer's; and an order is to be paid once, however often it is begun.
    const once = hash('sha256', `${body.order} ${amount} ${currency}`);
    const intent = await need(
      payments.createIntent({ amount, currency, metadata, automatic_payment_methods: { enabled: true } }, once),
    );
    if (intent.metadata.order !== body.order || intent.amount !== amount)
      throw new Error(`the payment ${intent.id} is of another order`);
    return created(
      {
        id: intent.id,
        order: body.order,
        amount: { minor: intent.amount, currency: intent.currency.toUpperCase() },
        status: intent.status,
        clientSecret: intent.client_secret ?? '',
        ...forBrowser(intent),
      },
      { at: `/api/orders/${body.order}` },
    );
  },
);
