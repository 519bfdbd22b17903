import { refuse } from '#kernel/contract/problem.ts';
import { composePersonal } from '#kernel/flow/tools.ts';
import { type Authenticated, privateId } from '#kernel/identity/principal.ts';
import { cart } from '#services/cart.ts';
import { customers } from '#services/customers.ts';
import type { OrderedLine } from './cart.ts';
import { orRefuse } from './or-refuse.ts';
import { type OrderOffer, orderOffers } from './order-offers.ts';

const NOT_YOURS = { in: 'body', path: 'address', message: 'names no address of yours', code: 'unknown' } as const;
const NO_ADDRESS = { 404: ['invalid-body', 'You have no such address.', NOT_YOURS] } as const;

/** An order of all that is in the cart, with the amounts of this moment; `lines` are those of the cart. */
interface DraftedOrder extends Pick<OrderOffer, 'draft' | 'total'> {
  readonly lines: readonly OrderedLine[];
}

/** Drafts an order from the cart, the prices and the carrier's rates. Refuses what can't be ordered. */
export const orderDraft = (principal: Authenticated, addressId: string, service: string) =>
  composePersonal(async ({ need }): Promise<DraftedOrder> => {
    const [{ items }, address] = await Promise.all([
      need(cart.read(privateId('owner', principal))),
      orRefuse(need(customers.address(addressId)), NO_ADDRESS),
    ]);
    if (items.length === 0) refuse('cart-empty', 'There is nothing to order.');
    const offers = await need(orderOffers(items, address));
    const names = offers.map(({ rate }) => rate.service).join(', ');
    const { draft, total } =
      offers.find(({ rate }) => rate.service === service) ??
      refuse('no-such-service', names === '' ? 'Nobody carries this there.' : `There is ${names}.`);
    return { draft, total, lines: items.map(({ lineId: line, qty: quantity }) => ({ line, quantity })) };
  });
