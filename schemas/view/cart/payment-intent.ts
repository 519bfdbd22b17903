import { z } from 'zod';
import { Money } from '#schemas/view/money.ts';
import { OrderId } from '#schemas/view/orders/order.ts';

export const PaymentRequest = z.strictObject({ order: OrderId }).meta({ id: 'PaymentRequest' });

/** A payment that is to be confirmed by the customer's card: `clientSecret` and `publishableKey` are for Stripe.js. */
export const PaymentView = z
  .object({
    id: z.string(),
    order: z.string(),
    amount: Money,
    status: z.string(),
    clientSecret: z.string(),
    publishableKey: z.string().optional(),
    /** Where a mock takes the card; only where payments are mocked. */
    page: z.string().optional(),
  })
  .meta({ id: 'Payment' });
