import { operation } from '#kernel/contract/operation.ts';
import { toRate } from '#operations/shape/rate.ts';
import { RatesInput, RatesView } from '#schemas/view/cart/shipping.ts';
import { shipping } from '#services/shipping.ts';

export const getShippingRates = operation(
  {
    id: 'getShippingRates',
    route: 'GET /api/shipping/rates',
    summary: 'What it costs to send a parcel, cheapest first',
    audience: 'personal',
    input: RatesInput,
    example: { country: 'DE', postalCode: '10119', grams: '800' },
    output: RatesView,
    deadline: 2_000,
  },
  async ({ country, postalCode, grams }, { need }) => {
    const to = { country, postal_code: postalCode };
    const { rates } = await need(shipping.rates({ to, parcels: [{ weight_grams: grams }] }));
    const items = rates.map((rate) => ({ id: rate.rate_id, ...toRate(rate) }));
    return { items: items.sort((a, b) => a.price.minor - b.price.minor) };
  },
);
