import { OwnedEvent, RelatedEvent, UpstreamEvent } from '#schemas/upstream/event.ts';
import { tags } from '#services/tags.ts';
import { topics } from '#services/topics.ts';
import type { Effects } from '#services/webhooks/effects.ts';
import { type Change, on, type Table } from './table.ts';

/** The noun of `pricing.price.changed` and its id: versions are counted by each service for each of its objects. */
function changed({ type, object: { id, version } }: UpstreamEvent, effects: Effects): Change {
  return { object: { id: `${type.slice(0, type.lastIndexOf('.'))}:${id}`, version }, ...effects };
}

/** A change of something that is the same for all customers. */
const ofProduct = (event: UpstreamEvent, product: string, what: string, ...purge: string[]): Change =>
  changed(event, {
    purge,
    publish: [{ topic: topics.catalog, event: what, data: { id: product, version: event.object.version } }],
  });

const product = on(UpstreamEvent, (event) => {
  const { id } = event.object;
  return ofProduct(event, id, 'product', tags.product(id), tags.products);
});

const review = on(RelatedEvent, (event) => ofProduct(event, event.object.of, 'reviews', tags.reviews(event.object.of)));

const order = on(OwnedEvent, (event) => {
  const { id, version, owner } = event.object;
  return changed(event, {
    owner: { subject: owner },
    purgePrivate: [tags.orders],
    publish: [{ topic: topics.orders, event: 'order', data: { id, version } }],
  });
});

const page = on(UpstreamEvent, (event) => {
  const { id, version } = event.object;
  return changed(event, {
    purge: [tags.page(id)],
    publish: [{ topic: topics.promotions, event: 'content', data: { id, version } }],
  });
});

const profile = on(OwnedEvent, (event) => {
  const { version, owner } = event.object;
  return changed(event, {
    owner: { subject: owner },
    purgePrivate: [tags.customer, tags.addresses],
    publish: [{ topic: topics.notifications, event: 'profile', data: { version } }],
  });
});

const message = on(OwnedEvent, (event) => {
  const { id, version, owner, of } = event.object;
  return changed(event, {
    owner: { subject: owner },
    purgePrivate: [tags.messages],
    publish: [
      { topic: topics.chat, event: 'message', data: { id, version, ...(of !== undefined && { conversation: of }) } },
    ],
  });
});

/** A customer types, or has read: it shows at once and is soon over, so it is not stored as an event. */
const conversation = on(OwnedEvent, (event) =>
  changed(event, { owner: { subject: event.object.owner }, purgePrivate: [tags.messages] }),
);

/** The events of our own microservices. */
export const upstreamEvents: Table = {
  'catalog.product.created': product,
  'catalog.product.updated': product,
  'catalog.product.removed': product,
  'catalog.categories.changed': on(UpstreamEvent, (event) => changed(event, { purge: [tags.categories] })),
  'pricing.price.changed': on(UpstreamEvent, (event) =>
    ofProduct(event, event.object.id, 'price', tags.price(event.object.id)),
  ),
  'inventory.level.changed': on(UpstreamEvent, (event) =>
    ofProduct(event, event.object.id, 'stock', tags.stock(event.object.id)),
  ),
  'reviews.review.created': review,
  'reviews.review.removed': review,
  'recommendations.related.changed': on(UpstreamEvent, (event) =>
    changed(event, { purge: [tags.related(event.object.id)] }),
  ),
  'content.page.published': page,
  'orders.order.placed': order,
  'orders.order.changed': order,
  'customers.profile.changed': profile,
  'customers.address.changed': profile,
  'support.message.created': message,
  'support.conversation.changed': conversation,
};
