import type { CatalogListed } from '#schemas/upstream/catalog.ts';
import type { PricingQuote } from '#schemas/upstream/pricing.ts';
import type { ReviewSummary } from '#schemas/upstream/reviews.ts';
import type { ProductCard } from '#schemas/view/catalog/product-card.ts';
import { toImage } from './image.ts';
import { toPrice } from './money.ts';
import { toRating } from './rating.ts';

/** A product among others; what could not be had is left out. */
export function toCard(
  product: CatalogListed,
  quote: PricingQuote | undefined,
  summary: ReviewSummary | undefined,
): ProductCard {
  const [image] = product.images;
  return {
    id: product.product_id,
    title: product.title,
    ...(image && { image: toImage(image) }),
    ...(quote && { price: toPrice(quote) }),
    ...(summary && { rating: toRating(summary) }),
  };
}
