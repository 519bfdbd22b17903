import { operation } from '#kernel/contract/operation.ts';
import { isRefusal } from '#kernel/contract/problem.ts';
import { optional, required } from '#kernel/flow/section.ts';
import { composePersonal } from '#kernel/flow/tools.ts';
import type { Authenticated } from '#kernel/identity/principal.ts';
import { addressPage } from '#operations/parts/address-page.ts';
import { cartOf, storedCartOf } from '#operations/parts/cart.ts';
import { defaultAddress } from '#operations/parts/default-address.ts';
import { orRefuse } from '#operations/parts/or-refuse.ts';
import { orderOffers } from '#operations/parts/order-offers.ts';
import { toAddress } from '#operations/shape/address.ts';
import { toRate } from '#operations/shape/rate.ts';
import type { CustomerAddressPage } from '#schemas/upstream/customers.ts';
import { CheckoutInput, CheckoutView } from '#schemas/view/cart/checkout.ts';
import { customers } from '#services/customers.ts';

const CURRENCY = 'EUR';
const ADDRESSES_ON_A_PAGE = 50;

const NOT_YOURS = { in: 'query', path: 'address', message: 'names no address of yours', code: 'unknown' } as const;
const NO_ADDRESS = { 404: ['invalid-request', 'You have no such address.', NOT_YOURS] } as const;

/** The address that was chosen, else the default one, else the first; undefined where there is none. */
const chosenAddress = (id: string | undefined) =>
  composePersonal(async ({ need }) => {
    if (id !== undefined) return orRefuse(need(customers.address(id)), NO_ADDRESS);
    return (await need(defaultAddress())) ?? (await need(customers.addresses(1))).addresses[0];
  });

/** A page of addresses, with the chosen one before it where that is on another page. */
function withChosen(
  page: CustomerAddressPage['addresses'],
  chosen: CustomerAddressPage['addresses'][number] | undefined,
) {
  const isElsewhere = chosen && page.every(({ address_id: id }) => id !== chosen.address_id);
  return isElsewhere ? [chosen, ...page] : page;
}

/** The ways to send all that is in the cart to an address, or what stands in the way. */
const servicesTo = (principal: Authenticated, id: string | undefined) =>
  composePersonal(async ({ need }) => {
    const [{ items }, address] = await Promise.all([need(storedCartOf(principal)), need(chosenAddress(id))]);
    if (items.length === 0 || address === undefined) return {};
    try {
      const offers = await need(orderOffers(items, address));
      const services = offers.map(({ rate, total }) => ({ ...toRate(rate), total }));
      return { services: services.sort((a, b) => a.price.minor - b.price.minor) };
    } catch (thrown) {
      if (!isRefusal(thrown) || thrown.slug !== 'not-for-sale') throw thrown;
      return { services: [], obstacle: thrown.slug };
    }
  });

export const getCheckout = operation(
  {
    id: 'getCheckout',
    route: 'GET /api/checkout',
    summary: 'All that the checkout shows: the cart, the addresses, and ways to send it with their totals',
    audience: 'personal',
    input: CheckoutInput,
    example: {},
    output: CheckoutView,
    parts: ['services'],
    deadline: 4_000,
  },
  ({ address: id, cursor }, { all, principal }) =>
    all(
      {
        cart: required(cartOf(principal, CURRENCY)),
        addresses: required(addressPage(ADDRESSES_ON_A_PAGE, cursor)),
        address: required(chosenAddress(id)),
        services: optional(servicesTo(principal, id)),
      },
      ({ cart, addresses: { addresses, onward }, address, services }) => ({
        cart,
        addresses: withChosen(addresses, address).map(toAddress),
        ...onward,
        ...(address && { address: address.address_id }),
        ...services,
      }),
    ),
);
