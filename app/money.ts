import { decimalsOf } from '#schemas/currency.ts';
import type { Money } from '#schemas/view/money.ts';

/** An amount as people read it: `€1,290.00`. */
export function money({ minor, currency }: Money): string {
  const decimals = decimalsOf(currency);
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(minor / 10 ** decimals);
}
