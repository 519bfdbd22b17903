import { z } from 'zod';
import { Minor } from './amount.ts';

/** What one product costs, in the currency's smallest unit. */
export const PricingQuote = z.object({
  productId: z.string().regex(/^p-[0-9]{6}$/),
  currencyCode: z.string().regex(/^[A-Z]{3}$/),
  amountMinor: Minor,
  wasAmountMinor: Minor.nullable(),
});
export type PricingQuote = z.infer<typeof PricingQuote>;
