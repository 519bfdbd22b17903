import { z } from 'zod';

/** What we read of Stripe's payment events. Metadata is ours: it is written when the payment is begun. */
export const StripePaymentEvent = z.object({
  /** Seconds since 1970; several events of one payment may share one. */
  created: z.int(),
  data: z.object({
    object: z.object({
      id: z.string(),
      metadata: z.object({ order: z.string().optional(), owner: z.string().optional() }).default({}),
    }),
  }),
});
