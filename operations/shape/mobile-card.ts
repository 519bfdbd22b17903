import type { MobileCard } from '#schemas/view/catalog/mobile-home.ts';
import type { Stock } from '#schemas/view/catalog/product.ts';
import type { ProductCard } from '#schemas/view/catalog/product-card.ts';

/** A card cut down to what a phone draws. */
export function toMobileCard({ id, title, image, price, rating }: ProductCard, stock: Stock | undefined): MobileCard {
  return {
    id,
    title,
    ...(image && { image: image.src }),
    ...(price && { price }),
    ...(rating?.average != null && { stars: rating.average }),
    ...(stock && { stock: stock.state }),
  };
}
