import { OwnedEvent, RelatedEvent, UpstreamEvent } from '#schemas/upstream/event.ts';
import { tags } from '#services/tags.ts';
import type { Effects } from '#services/webhooks/effects.ts';
import { type Change, on, type Table } from './table.ts';

/** The noun of `pricing.price.changed` and its id: versions are counted by each service for each of its objects. */
function changed({ type, object: { id, version } }: UpstreamEvent, effects: Effects): Change {
  return { object: { id: `${type.slice(0, type.lastIndexOf('.'))}:${id}`, version }, ...effects };
}

/** A change of something that everybody sees, told to those who look at a product. */
const ofProduct = (event: UpstreamEvent, product: string, what: string, ...purge: string[]): Change =>
  changed(event, {
    purge,
    publish: [{ topic: `product:${product}`, event: what, data: { id: product, version: event.object.version } }],
  });

const product = on(UpstreamEvent, (event) => {
  const { id } = event.object;
  return ofProduct(event, id, 'product', tags.product(id), tags.products);
});

const review = on(RelatedEvent, (event) => ofProduct(event, event.object.of, 'reviews', tags.reviews(event.object.of)));

const order = on(OwnedEvent, (event) => {
  const { id, version, owner } = event.object;
  return changed(event, {
    purge: [tags.order(id), tags.orders(owner)],
    publish: [{ topic: `orders:${owner}`, event: 'order', data: { id, version } }],
  });
});

const page = on(UpstreamEvent, (event) => {
  const { id, version } = event.object;
  return changed(event, {
    purge: [tags.page(id)],
    publish: [{ topic: `content:${id}`, event: 'content', data: { id, version } }],
  });
});

const profile = on(OwnedEvent, (event) => {
  const { version, owner } = event.object;
  return changed(event, {
    purge: [tags.profile(owner), tags.addresses],
    publish: [{ topic: `account:${owner}`, event: 'profile', data: { version } }],
  });
});

const message = on(OwnedEvent, (event) => {
  const { id, version, owner, of } = event.object;
  return changed(event, {
    purge: [tags.messages(owner)],
    publish: [
      {
        topic: `support:${owner}`,
        event: 'message',
        data: { id, version, ...(of !== undefined && { conversation: of }) },
      },
    ],
  });
});

/** What our own microservices tell. */
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
};
