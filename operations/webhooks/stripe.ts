import { StripePaymentEvent } from '#schemas/upstream/stripe.ts';
import { tags } from '#services/tags.ts';
import { topics } from '#services/topics.ts';
import { on, type Table } from './table.ts';

/** A payment's event belongs to its order: the order and its owner are in the metadata that we gave the payment. */
const payment = (what: string) =>
  on(StripePaymentEvent, ({ created, data: { object } }) => {
    const { order, owner } = object.metadata;
    return {
      object: { id: object.id, version: created },
      ...(owner !== undefined && { owner: { reference: owner } }),
      purgePrivate: [tags.orders],
      publish:
        order === undefined ? [] : [{ topic: topics.orders, event: 'payment', data: { id: order, payment: what } }],
    };
  });

/**
 * Stripe's clock counts seconds and its events come in any order: of one second, all have their effect. A charge has
 * its payment's metadata; a dispute has not, so the orders service reports that one.
 */
export const stripeEvents: Table = {
  'payment_intent.processing': payment('processing'),
  'payment_intent.succeeded': payment('succeeded'),
  'payment_intent.payment_failed': payment('failed'),
  'payment_intent.canceled': payment('canceled'),
  'charge.refunded': payment('refunded'),
};
