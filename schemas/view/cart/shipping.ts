import { z } from 'zod';
import { AddressDraft } from '#schemas/view/account/address.ts';
import { Money } from '#schemas/view/money.ts';
import { wholeNumber } from '#schemas/view/whole-number.ts';

export const RatesInput = z.object({
  country: AddressDraft.shape.country,
  postalCode: AddressDraft.shape.postalCode,
  grams: wholeNumber(1, 100_000),
});

/** What a carrier asks for a service; days are working days. */
export const RateView = z.object({
  carrier: z.string(),
  service: z.string(),
  price: Money,
  days: z.object({ from: z.int(), to: z.int() }),
});
export type RateView = z.infer<typeof RateView>;

/** Ways to send a parcel, cheapest first. */
export const RatesView = z
  .object({ items: z.array(z.object({ id: z.string(), ...RateView.shape })) })
  .meta({ id: 'ShippingRates' });
