import { z } from 'zod';
import { AddressId } from '#schemas/view/account/address.ts';
import { Cursor } from '#schemas/view/catalog/search.ts';
import { Money } from '#schemas/view/money.ts';
import { openWord } from '#schemas/view/open-word.ts';
import { wholeNumber } from '#schemas/view/whole-number.ts';

export const OrderId = z
  .string()
  .regex(/^o-[0-9]{6}$/, 'must be an order id such as o-000001')
  .meta({ description: 'An order id', example: 'o-000001' });

const OrderState = openWord('placed', 'paid', 'packed', 'shipped', 'delivered', 'cancelled');

/** An order in a list. */
export const OrderSummary = z
  .object({ id: z.string(), placedAt: z.iso.datetime(), state: OrderState, total: Money, pieces: z.int().positive() })
  .meta({ id: 'OrderSummary' });
export type OrderSummary = z.infer<typeof OrderSummary>;

export const OrdersInput = z.object({ limit: wholeNumber(1, 50).default(10), cursor: Cursor.optional() });
export const OrdersView = z
  .object({ items: z.array(OrderSummary), next: z.string().optional() })
  .meta({ id: 'Orders' });

/** An order request: all that is in the cart. Amounts are never taken from it; `total` is only compared. */
export const OrderRequest = z
  .strictObject({
    address: AddressId,
    service: z.string().min(1).max(200).meta({ description: 'A shipping service', example: 'standard' }),
    total: Money.optional().meta({ description: 'What the customer was shown; another sum is refused' }),
  })
  .meta({ id: 'OrderRequest' });

const TrackingEvent = z.object({ at: z.iso.datetime(), place: z.string(), text: z.string() });

/** One order, with where its parcel has been once it was shipped. */
export const OrderView = OrderSummary.extend({
  /** The state of the last payment. */
  payment: openWord('none', 'failed', 'paid'),
  lines: z.array(z.object({ product: z.string(), title: z.string(), quantity: z.int().positive(), each: Money })),
  shipping: Money,
  to: z.object({ name: z.string(), line1: z.string(), city: z.string(), postalCode: z.string(), country: z.string() }),
  tracking: z.object({ carrier: z.string(), state: z.string(), events: z.array(TrackingEvent) }).optional(),
}).meta({ id: 'Order' });
export type OrderView = z.infer<typeof OrderView>;
