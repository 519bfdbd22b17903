import { decimalsOf } from '#schemas/currency.ts';
import type { PricingQuote } from '#schemas/upstream/pricing.ts';
import type { Money, Price } from '#schemas/view/money.ts';

/** A quote as a price: what it costs, and what it cost where that was more. */
export function toPrice({ amountMinor, wasAmountMinor, currencyCode: currency }: PricingQuote): Price {
  const now = { minor: amountMinor, currency };
  return wasAmountMinor !== null && wasAmountMinor > amountMinor
    ? { now, was: { minor: wasAmountMinor, currency } }
    : { now };
}

/** A sum of amounts; undefined for one that no number holds exactly. */
export function sumOf(amounts: readonly number[]): number | undefined {
  const sum = amounts.reduce((all, amount) => all + amount, 0);
  return Number.isSafeInteger(sum) ? sum : undefined;
}

/** An amount that fits its currency, such as "4.90" euros, in the smallest unit: no fraction is ever computed. */
export function minorOf(amount: string, currency: string): number {
  const decimals = decimalsOf(currency);
  const [whole = '', fraction = ''] = amount.split('.');
  return Number(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
}

/** 12900 minor units of euros as `129.00`; each currency has as many decimals as it has, and no fraction is computed. */
export function amountOf({ minor, currency }: Money): string {
  const decimals = decimalsOf(currency);
  if (decimals === 0) return String(minor);
  const digits = String(minor).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
