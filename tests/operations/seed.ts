import { productById, type SeedProduct } from '#mocks/seed/products.ts';
import type { SeedReview } from '#mocks/seed/reviews.ts';

const RATES: Readonly<Record<string, number>> = { EUR: 1, USD: 1.08, GBP: 0.86 };

/** The seed's product; a test that names one knows that it is there. */
export function seeded(id: string): SeedProduct {
  const product = productById(id);
  if (!product) throw new Error(`the seed has no ${id}`);
  return product;
}

/** What a product costs, told from the seed alone. */
export function priceOf({ cents, wasCents }: SeedProduct, currency = 'EUR') {
  const money = (amount: number) => ({ minor: Math.round(amount * (RATES[currency] ?? Number.NaN)), currency });
  return { now: money(cents), ...(wasCents !== null && { was: money(wasCents) }) };
}

export function ratingOf({ reviewCount, rating }: SeedProduct) {
  return { average: reviewCount === 0 ? null : rating / 100, count: reviewCount };
}

export function stockOf({ stock, restockAt }: SeedProduct) {
  return {
    state: stock === 0 ? 'out' : stock <= 5 ? 'low' : 'in-stock',
    available: stock,
    ...(restockAt !== null && { restockAt: new Date(restockAt).toISOString() }),
  };
}

export function imagesOf({ id, title, colour, imageCount }: SeedProduct, origin: string) {
  return Array.from({ length: imageCount }, (_, view) => ({
    src: `${origin}/catalog/images/${id}/${view + 1}.svg`,
    alt: `${title} in ${colour}, view ${view + 1}`,
    width: 400,
    height: 400,
  }));
}

export function cardOf(product: SeedProduct, origin: string, currency = 'EUR') {
  const { id, title } = product;
  const [image] = imagesOf(product, origin);
  return { id, title, image, price: priceOf(product, currency), rating: ratingOf(product) };
}

export function mobileCardOf(product: SeedProduct, origin: string) {
  const { id, title, reviewCount, rating } = product;
  const image = imagesOf(product, origin)[0]?.src;
  const stars = reviewCount > 0 && { stars: rating / 100 };
  return { id, title, image, price: priceOf(product), stock: stockOf(product).state, ...stars };
}

export function reviewOf({ id, author, stars, headline, text, at }: SeedReview) {
  return { id, author, rating: stars, title: headline, text, at: new Date(at).toISOString() };
}
