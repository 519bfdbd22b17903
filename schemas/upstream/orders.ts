import { z } from 'zod';

const ProductId = z.string().regex(/^p-[0-9]{6}$/);
const CurrencyCode = z.string().regex(/^[A-Z]{3}$/);
const Minor = z.int().nonnegative();

const ShippingAddress = z.object({
  fullName: z.string().min(1),
  line1: z.string().min(1),
  city: z.string().min(1),
  postalCode: z.string().min(1),
  countryCode: z.string().regex(/^[A-Z]{2}$/),
});

/** An order; amounts are in the currency's smallest unit, and `version` grows with each change. */
export const Order = z.object({
  orderId: z.string().regex(/^o-[0-9]{6}$/),
  placedAt: z.iso.datetime(),
  status: z.enum(['placed', 'paid', 'packed', 'shipped', 'delivered', 'cancelled']),
  version: z.int().positive(),
  /** What became of the last payment. */
  paymentStatus: z.enum(['none', 'failed', 'paid']),
  currencyCode: CurrencyCode,
  lines: z.array(
    z.object({ productId: ProductId, title: z.string(), quantity: z.int().positive(), unitAmountMinor: Minor }),
  ),
  shippingAmountMinor: Minor,
  totalAmountMinor: Minor,
  shippingAddress: ShippingAddress,
  shipmentId: z.string().min(1).nullable(),
});
export type Order = z.infer<typeof Order>;

/** One page of a customer's orders, newest first. */
export const OrderPage = z.object({
  edges: z.array(z.object({ cursor: z.string().min(1), node: Order })),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
});
export type OrderPage = z.infer<typeof OrderPage>;

/** What is to be ordered, at the amounts that the customer has seen. */
export const OrderDraft = z.object({
  lines: z.array(z.object({ productId: ProductId, quantity: z.int().min(1).max(99), unitAmountMinor: Minor })).min(1),
  currencyCode: CurrencyCode,
  shippingAddress: ShippingAddress,
  shippingServiceId: z.string().min(1),
  shippingAmountMinor: Minor,
});
export type OrderDraft = z.infer<typeof OrderDraft>;
