import { z } from 'zod';
import { Minor } from './amount.ts';

/** What we read of Stripe's payment intent; amounts are in the currency's smallest unit. */
export const PaymentIntent = z.object({
  id: z.string().regex(/^pi_\w+$/),
  object: z.literal('payment_intent'),
  client_secret: z.string().min(1),
  status: z.string().min(1),
  amount: Minor.positive(),
  currency: z.string().regex(/^[a-z]{3}$/),
  metadata: z.record(z.string(), z.string()),
});
export type PaymentIntent = z.infer<typeof PaymentIntent>;
