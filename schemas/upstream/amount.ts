import { z } from 'zod';
import { decimalsOf } from '../currency.ts';

// Bounds that no honest answer comes near, and that leave every product of a price and a quantity a whole number.

/** Money in the currency's smallest unit. */
export const Minor = z.int().nonnegative().max(1e12);

/** How many of one thing. */
export const Count = z.int().nonnegative().max(1e9);

/** Whether a decimal text is a whole number of its currency's smallest unit: 490.00 yen are, 490.50 are not. */
export function fitsCurrency({ amount, currency }: { amount: string; currency: string }): boolean {
  const [, fraction = ''] = amount.split('.');
  return !/[^0]/.test(fraction.slice(decimalsOf(currency)));
}
