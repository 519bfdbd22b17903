import { z } from 'zod';
import { fitsCurrency } from './amount.ts';
import { EpochSeconds } from './instant.ts';

/** What carriers ask for some parcels: amounts are decimal strings such as "4.90". */
export const ShippingRates = z.object({
  rates: z.array(
    z
      .object({
        rate_id: z.string().min(1),
        carrier: z.string().min(1),
        service: z.string().min(1),
        amount: z.string().regex(/^[0-9]{1,10}(?:\.[0-9]{1,4})?$/),
        currency: z.string().regex(/^[A-Z]{3}$/),
        est_days: z.object({ min: z.int().nonnegative(), max: z.int().nonnegative() }),
      })
      .refine(fitsCurrency, { path: ['amount'], message: 'has more decimals than its currency' }),
  ),
});
export type ShippingRates = z.infer<typeof ShippingRates>;

/** Where a shipment has been, oldest first; `at` is in epoch seconds. */
export const ShippingTracking = z.object({
  tracking: z.object({
    carrier: z.string().min(1),
    status: z.enum(['in_transit', 'delivered']),
    events: z.array(z.object({ at: EpochSeconds, place: z.string(), text: z.string() })),
  }),
});
export type ShippingTracking = z.infer<typeof ShippingTracking>;

/** Parcels that are to be sent, and where to. */
export const ShippingRatesRequest = z.object({
  to: z.object({ country: z.string().regex(/^[A-Z]{2}$/), postal_code: z.string().min(1) }),
  parcels: z.array(z.object({ weight_grams: z.int().positive() })).min(1),
});
export type ShippingRatesRequest = z.infer<typeof ShippingRatesRequest>;
