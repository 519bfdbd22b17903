import type { Order, OrderListed } from '#schemas/upstream/orders.ts';
import type { ShippingTracking } from '#schemas/upstream/shipping.ts';
import type { OrderSummary, OrderView } from '#schemas/view/orders/order.ts';

export function toOrderSummary(order: OrderListed): OrderSummary {
  return {
    id: order.orderId,
    placedAt: order.placedAt,
    state: order.status,
    total: { minor: order.totalAmountMinor, currency: order.currencyCode },
    pieces: order.lines.reduce((sum, { quantity }) => sum + quantity, 0),
  };
}

export function toOrder(order: Order, tracked: ShippingTracking | undefined): OrderView {
  const { currencyCode: currency, shippingAddress: to } = order;
  return {
    ...toOrderSummary(order),
    payment: order.paymentStatus,
    lines: order.lines.map(({ productId: product, title, quantity, unitAmountMinor: minor }) => ({
      product,
      title,
      quantity,
      each: { minor, currency },
    })),
    shipping: { minor: order.shippingAmountMinor, currency },
    to: {
      name: to.fullName,
      line1: to.line1,
      city: to.city,
      postalCode: to.postalCode,
      country: to.countryCode,
    },
    ...(tracked && { tracking: toTracking(tracked) }),
  };
}

function toTracking({ tracking: { carrier, status: state, events } }: ShippingTracking): OrderView['tracking'] {
  return {
    carrier,
    state,
    events: events.map(({ at, place, text }) => ({ at: new Date(at * 1_000).toISOString(), place, text })),
  };
}
