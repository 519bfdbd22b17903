import { callError } from '#kernel/base/call-error.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { eachOf, required } from '#kernel/flow/section.ts';
import { compose } from '#kernel/flow/tools.ts';
import { minorOf, sumOf } from '#operations/shape/money.ts';
import type { Cart } from '#schemas/upstream/cart.ts';
import type { CustomerAddress } from '#schemas/upstream/customers.ts';
import type { OrderDraft } from '#schemas/upstream/orders.ts';
import type { ShippingRates } from '#schemas/upstream/shipping.ts';
import type { Money } from '#schemas/view/money.ts';
import { pricing } from '#services/pricing.ts';
import { shipping } from '#services/shipping.ts';
import { allProductsFor } from './products.ts';

/** One way to have all that is in a cart sent: the order that it would be, with the amounts of this moment. */
export interface OrderOffer {
  readonly rate: ShippingRates['rates'][number];
  readonly draft: OrderDraft;
  readonly total: Money;
}

/** Every way to have these things sent to an address. Refuses with `not-for-sale` where one of them can't be had. */
export const orderOffers = (items: Cart['items'], address: Omit<CustomerAddress, 'revision'>) =>
  compose(async ({ need, all }): Promise<OrderOffer[]> => {
    const ids = items.map(({ sku }) => sku);
    const { products } = await all({ products: required(allProductsFor(ids)) });
    const weights = new Map(products.results.map(({ product_id: id, weight_grams: grams }) => [id, grams]));
    const grams = items.reduce((sum, { sku, qty }) => sum + qty * (weights.get(sku) ?? gone(sku)), 0);
    const { country_code: country, postal_code } = address;
    const { rates } = await need(shipping.rates({ to: { country, postal_code }, parcels: [{ weight_grams: grams }] }));

    return Promise.all(
      rates.map(async (rate) => {
        // A carrier charges in its own currency, and an order has one only.
        const { currency } = rate;
        const { quotes } = await all({ quotes: required(eachOf(ids, (id) => pricing.price(id, currency))) });
        const lines = items.map(({ sku, qty }) => ({
          productId: sku,
          quantity: qty,
          unitAmountMinor: (quotes[sku] ?? gone(sku)).amountMinor,
        }));
        return offer(rate, lines, address);
      }),
    );
  });

function offer(
  rate: OrderOffer['rate'],
  lines: OrderDraft['lines'],
  address: Omit<CustomerAddress, 'revision'>,
): OrderOffer {
  const shippingAmountMinor = minorOf(rate.amount, rate.currency);
  const draft = {
    lines,
    currencyCode: rate.currency,
    shippingAddress: toShip(address),
    shippingServiceId: rate.rate_id,
    shippingAmountMinor,
  };
  const amounts = lines.map(({ quantity, unitAmountMinor }) => quantity * unitAmountMinor);
  const minor = sumOf([shippingAmountMinor, ...amounts]);
  if (minor === undefined) throw callError('contract', 'amounts that add up to no number', { upstream: 'pricing' });
  return { rate, draft, total: { minor, currency: rate.currency } };
}

const gone = (sku: string): never => refuse('not-for-sale', `${sku} can not be had now.`);

const toShip = (address: Omit<CustomerAddress, 'revision'>): OrderDraft['shippingAddress'] => ({
  fullName: address.full_name,
  line1: address.line1,
  city: address.city,
  postalCode: address.postal_code,
  countryCode: address.country_code,
});
