import { z } from 'zod';
import { Minor } from './amount.ts';
import { EpochSeconds } from './instant.ts';

/** What one product costs, in the currency's smallest unit; `validUntil` is in epoch seconds. */
export const PricingQuote = z.object({
  productId: z.string().regex(/^p-[0-9]{6}$/),
  currencyCode: z.string().regex(/^[A-Z]{3}$/),
  amountMinor: Minor,
  wasAmountMinor: Minor.nullable(),
  validUntil: EpochSeconds,
});
export type PricingQuote = z.infer<typeof PricingQuote>;
