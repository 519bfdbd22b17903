import { z } from 'zod';

/** What one product costs, in the currency's smallest unit; `validUntil` is in epoch seconds. */
export const PricingQuote = z.object({
  productId: z.string().regex(/^p-[0-9]{6}$/),
  currencyCode: z.string().regex(/^[A-Z]{3}$/),
  amountMinor: z.int().nonnegative(),
  wasAmountMinor: z.int().nonnegative().nullable(),
  validUntil: z.int().positive(),
});
export type PricingQuote = z.infer<typeof PricingQuote>;
