import type { ShippingRates } from '#schemas/upstream/shipping.ts';
import type { RateView } from '#schemas/view/cart/shipping.ts';
import { minorOf } from './money.ts';

/** A carrier's rate as we show it; days are working days. */
export function toRate({
  carrier,
  service,
  amount,
  currency,
  est_days: days,
}: ShippingRates['rates'][number]): RateView {
  return {
    carrier,
    service,
    price: { minor: minorOf(amount, currency), currency },
    days: { from: days.min, to: days.max },
  };
}
