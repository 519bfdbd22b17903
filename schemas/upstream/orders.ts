import { z } from 'zod';
import { OPAQUE_ID } from '../opaque-id.ts';
import { Minor } from './amount.ts';
import { UpstreamCursor } from './cursor.ts';
import { Instant } from './instant.ts';

const ProductId = z.string().regex(/^p-[0-9]{6}$/);
const CurrencyCode = z.string().regex(/^[A-Z]{3}$/);

const ShippingAddress = z.object({
  fullName: z.string().min(1),
  line1: z.string().min(1),
  city: z.string().min(1),
  postalCode: z.string().min(1),
  countryCode: z.string().regex(/^[A-Z]{2}$/),
});

/** An order in a list: what a line about it is made of. */
const OrderListed = z.object({
  orderId: z.string().regex(/^o-[0-9]{6}$/),
  placedAt: Instant,
  status: z.enum(['placed', 'paid', 'packed', 'shipped', 'delivered', 'cancelled']),
  currencyCode: CurrencyCode,
  lines: z.array(z.object({ quantity: z.int().positive().max(1e6) })).min(1),
  totalAmountMinor: Minor,
});
export type OrderListed = z.infer<typeof OrderListed>;

/** An order; amounts are in the currency's smallest unit. */
export const Order = OrderListed.extend({
  /** The state of the last payment. */
  paymentStatus: z.enum(['none', 'failed', 'paid']),
  lines: z
    .array(OrderListed.shape.lines.element.extend({ productId: ProductId, title: z.string(), unitAmountMinor: Minor }))
    .min(1),
  shippingAmountMinor: Minor,
  shippingAddress: ShippingAddress,
  /** It goes into the path of another upstream. */
  shipmentId: z.string().regex(OPAQUE_ID).nullable(),
});
export type Order = z.infer<typeof Order>;

/** One page of a customer's orders, newest first. */
export const OrderPage = z.object({
  edges: z.array(z.object({ node: OrderListed })),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: UpstreamCursor }),
});
export type OrderPage = z.infer<typeof OrderPage>;

/** The lines to order, at the amounts that the customer has seen. */
export const OrderDraft = z.object({
  lines: z.array(z.object({ productId: ProductId, quantity: z.int().min(1).max(99), unitAmountMinor: Minor })).min(1),
  currencyCode: CurrencyCode,
  shippingAddress: ShippingAddress,
  shippingServiceId: z.string().min(1),
  shippingAmountMinor: Minor,
});
export type OrderDraft = z.infer<typeof OrderDraft>;
