import { z } from 'zod';
import { AddressDraft } from './address.ts';
import { Money } from './money.ts';
import { wholeNumber } from './whole-number.ts';

export const RatesInput = z.object({
  country: AddressDraft.shape.country,
  postalCode: AddressDraft.shape.postalCode,
  grams: wholeNumber(1, 100_000),
});

/** Ways to send a parcel, cheapest first; days are working days. */
export const RatesView = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        carrier: z.string(),
        service: z.string(),
        price: Money,
        days: z.object({ from: z.int(), to: z.int() }),
      }),
    ),
  })
  .meta({ id: 'ShippingRates' });
