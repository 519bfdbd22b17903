import { callError, isCallError } from '#kernel/base/call-error.ts';
import { eachOf, optional } from '#kernel/flow/section.ts';
import { compose, composePersonal, type Tools } from '#kernel/flow/tools.ts';
import { type Authenticated, type Guest, type Principal, privateId } from '#kernel/identity/principal.ts';
import { forgetGuest } from '#kernel/identity/session.ts';
import type { Cart } from '#schemas/upstream/cart.ts';
import { cart } from '#services/cart.ts';
import { identity } from '#services/identity/identity.ts';
import { inventory } from '#services/inventory.ts';
import { pricing } from '#services/pricing.ts';
import { EMPTY_CART, toCart } from '../shape/cart.ts';
import { productsFor } from './products.ts';

/** Takes over the guest's cart of the same browser, if its login could not. */
export async function takeOver(principal: Guest | Authenticated, { need }: Pick<Tools, 'need'>): Promise<void> {
  if (principal.kind !== 'session' || principal.guest === undefined || principal.session === undefined) return;
  await need(cart.merge(privateId('owner', principal), principal.guest)).catch(madeAgain);
  await forgetGuest(identity().sessions, principal.session);
}

/** A merge can be repeated, so no unknown outcome is reported. */
function madeAgain(thrown: unknown): never {
  if (!isCallError(thrown)) throw thrown;
  const { outcomeUnknown, ...details } = thrown;
  throw callError(thrown.reason, thrown.message, { ...details, cause: thrown });
}

/** A cart with the details of its products. */
export const contentsOf = (stored: Cart, currency: string) =>
  compose(({ all }) => {
    const ids = stored.items.map(({ sku }) => sku);
    if (ids.length === 0) return Promise.resolve(EMPTY_CART);
    return all(
      {
        products: optional(productsFor(ids)),
        prices: optional(eachOf(ids, (id) => pricing.price(id, currency))),
        stock: optional(eachOf(ids, inventory.level)),
      },
      (goods) => toCart(stored, goods),
    );
  });

/** The cart of a guest or a customer, as the upstream stores it. */
export const storedCartOf = (principal: Guest | Authenticated) =>
  composePersonal(async ({ need }) => {
    await takeOver(principal, { need });
    return need(cart.read(privateId('owner', principal)));
  });

/** The cart of the principal, as we show it; an anonymous visitor has none. */
export const cartOf = (principal: Principal, currency: string) =>
  principal.kind === 'anonymous'
    ? compose(async () => EMPTY_CART)
    : composePersonal(async ({ need }) => need(contentsOf(await need(storedCartOf(principal)), currency)));

/** Takes the ordered lines out of a cart, and leaves later ones. */
export const takenOut = (principal: Authenticated, ordered: readonly OrderedLine[]) =>
  composePersonal(async ({ need }) => {
    const owner = privateId('owner', principal);
    const { items } = await need(cart.read(owner));
    await Promise.allSettled(
      ordered.map(({ line, quantity }) => {
        const left = (items.find(({ lineId }) => lineId === line)?.qty ?? 0) - quantity;
        return need<unknown>(left > 0 ? cart.change(owner, line, left) : cart.remove(owner, line));
      }),
    );
  });

/** A line of a cart, and how much of it was ordered. */
export interface OrderedLine {
  readonly line: string;
  readonly quantity: number;
}
