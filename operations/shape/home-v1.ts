import type { MobileCard, MobileHomeView } from '#schemas/view/catalog/mobile-home.ts';
import type { HomeV1View, ProductV1 } from '#schemas/view/v1/home.ts';
import { amountOf } from './money.ts';

const RECOMMENDED = 'Recommended for you';

/** The first screen in the shape of version 1, where suggestions were one more section. */
export function toHomeV1({ hero, rails, suggested, categories, cart, latestOrder }: MobileHomeView): HomeV1View {
  const recommended = suggested && suggested.length > 0 ? [{ title: RECOMMENDED, items: suggested }] : [];
  return {
    banner: hero ? { headline: hero.title, body: hero.text, image_url: hero.image ?? null, target: hero.link } : null,
    sections: [...rails, ...recommended].map(({ title, items }) => ({ title, products: items.map(toProductV1) })),
    categories: (categories ?? []).map(({ id, name }) => ({ category_id: id, name })),
    cart_count: cart?.pieces ?? 0,
    last_order: latestOrder
      ? {
          order_id: latestOrder.id,
          status: latestOrder.state,
          total: amountOf(latestOrder.total),
          currency: latestOrder.total.currency,
          created_at: latestOrder.placedAt,
        }
      : null,
  };
}

function toProductV1({ id, title, image, price, stars, stock }: MobileCard): ProductV1 {
  return {
    product_id: id,
    name: title,
    image_url: image ?? null,
    price: price ? amountOf(price.now) : null,
    old_price: price?.was ? amountOf(price.was) : null,
    currency: price?.now.currency ?? '',
    rating: stars ?? null,
    // Unknown stock counts as available: the cart decides.
    available: stock !== 'out',
  };
}
