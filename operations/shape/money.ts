import type { PricingQuote } from '#schemas/upstream/pricing.ts';
import type { Price } from '#schemas/view/money.ts';

/** A quote as a price: what it costs, and what it cost where that was more. */
export function toPrice({ amountMinor, wasAmountMinor, currencyCode: currency }: PricingQuote): Price {
  const now = { minor: amountMinor, currency };
  return wasAmountMinor !== null && wasAmountMinor > amountMinor
    ? { now, was: { minor: wasAmountMinor, currency } }
    : { now };
}

/** An amount that is written with its decimals, such as "4.90", in the smallest unit: no fraction is ever computed. */
export function minorOf(amount: string): number {
  return Number(amount.replace('.', ''));
}
