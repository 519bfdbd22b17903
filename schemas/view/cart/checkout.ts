import { z } from 'zod';
import { AddressId, AddressView } from '#schemas/view/account/address.ts';
import { Cursor } from '#schemas/view/catalog/search.ts';
import { Money } from '#schemas/view/money.ts';
import { openWord } from '#schemas/view/open-word.ts';
import { CartView } from './cart.ts';
import { RateView } from './shipping.ts';

export const CheckoutInput = z.object({ address: AddressId.optional(), cursor: Cursor.optional() });

/** A way to have the cart sent; `total` is what the order comes to with it. */
const CheckoutService = RateView.extend({ total: Money });

/**
 * Everything that the checkout shows. `addresses` are a page of them, the first or the one at `cursor`, and the
 * chosen one; `next` is there where there are more. `address` is the one that was chosen, else the default one, else the first;
 * `services` are the ways to send all of it there, cheapest first. Something that is not for sale leaves none of them,
 * and `obstacle` says so.
 */
export const CheckoutView = z
  .object({
    cart: CartView,
    addresses: z.array(AddressView),
    next: z
      .string()
      .optional()
      .meta({ description: 'The `cursor` of the next page of addresses; absent where there are no more' }),
    address: z.string().optional(),
    services: z.array(CheckoutService).optional(),
    obstacle: openWord('not-for-sale').optional(),
  })
  .meta({ id: 'Checkout' });
export type CheckoutView = z.infer<typeof CheckoutView>;
