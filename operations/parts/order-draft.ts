import { refuse } from '#kernel/contract/refusal.ts';
import { eachOf, required } from '#kernel/flow/section.ts';
import { composePersonal } from '#kernel/flow/tools.ts';
import { type Known, own } from '#kernel/identity/principal.ts';
import type { CustomerAddress } from '#schemas/upstream/customers.ts';
import type { OrderDraft } from '#schemas/upstream/orders.ts';
import type { Money } from '#schemas/view/money.ts';
import { cart } from '#services/cart.ts';
import { catalog } from '#services/catalog.ts';
import { customers } from '#services/customers.ts';
import { pricing } from '#services/pricing.ts';
import { shipping } from '#services/shipping.ts';
import { minorOf } from '../shape/money.ts';
import { orRefuse } from './or-refuse.ts';

const NOT_YOURS = { in: 'body', path: 'address', message: 'names no address of yours', code: 'unknown' } as const;
const NO_ADDRESS = { 404: ['invalid-body', 'You have no such address.', NOT_YOURS] } as const;

/** An order of all that is in the cart, with the amounts of this moment; `lines` are those of the cart. */
export interface DraftedOrder {
  readonly draft: OrderDraft;
  readonly total: Money;
  readonly lines: readonly string[];
}

/** Drafts an order from the cart, the prices and the carrier's rates. Refuses what can't be ordered. */
export const orderDraft = (principal: Known, addressId: string, service: string) =>
  composePersonal(async ({ need, all }): Promise<DraftedOrder> => {
    const [{ items }, address] = await Promise.all([
      need(cart.read(own('owner', principal))),
      orRefuse(need(customers.address(addressId)), NO_ADDRESS),
    ]);
    if (items.length === 0) refuse('cart-empty', 'There is nothing to order.');
    const { products } = await all({ products: required(catalog.products(items.map(({ sku }) => sku))) });
    const weights = new Map(products.results.map(({ product_id: id, weight_grams: grams }) => [id, grams]));
    const grams = items.reduce((sum, { sku, qty }) => sum + qty * (weights.get(sku) ?? gone(sku)), 0);

    // The carrier charges in a currency of its own, and an order has one only.
    const { amount, currency, rate_id: shippingServiceId } = await need(rateOf(address, grams, service));
    const ids = items.map(({ sku }) => sku);
    const { quotes } = await all({ quotes: required(eachOf(ids, (id) => pricing.price(id, currency))) });
    const lines = items.map(({ sku, qty }) => ({
      productId: sku,
      quantity: qty,
      unitAmountMinor: (quotes[sku] ?? gone(sku)).amountMinor,
    }));
    const shippingAmountMinor = minorOf(amount);
    const draft = {
      lines,
      currencyCode: currency,
      shippingAddress: toShip(address),
      shippingServiceId,
      shippingAmountMinor,
    };
    const minor = lines.reduce(
      (sum, { quantity, unitAmountMinor }) => sum + quantity * unitAmountMinor,
      shippingAmountMinor,
    );
    return { draft, total: { minor, currency }, lines: items.map(({ lineId }) => lineId) };
  });

const rateOf = ({ country_code: country, postal_code }: CustomerAddress, grams: number, service: string) =>
  composePersonal(async ({ need }) => {
    const { rates } = await need(shipping.rates({ to: { country, postal_code }, parcels: [{ weight_grams: grams }] }));
    const names = rates.map((rate) => rate.service).join(', ');
    return (
      rates.find((rate) => rate.service === service) ??
      refuse('no-such-service', names === '' ? 'Nobody carries this there.' : `There is ${names}.`)
    );
  });

const gone = (sku: string): never => refuse('not-for-sale', `${sku} can not be had now.`);

const toShip = (address: CustomerAddress): OrderDraft['shippingAddress'] => ({
  fullName: address.full_name,
  line1: address.line1,
  city: address.city,
  postalCode: address.postal_code,
  countryCode: address.country_code,
});
