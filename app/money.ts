import type { Money } from '#schemas/view/money.ts';

/** An amount as people read it: `€1,290.00`. */
export function money({ minor, currency }: Money): string {
  const formatter = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = formatter.resolvedOptions().maximumFractionDigits ?? 2;
  return formatter.format(minor / 10 ** digits);
}
