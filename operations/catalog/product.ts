import { operation } from '#kernel/contract/operation.ts';
import { optional, required, subject, type Values } from '#kernel/flow/section.ts';
import { relatedCards } from '#operations/parts/related.ts';
import { toImage } from '#operations/shape/image.ts';
import { toPrice } from '#operations/shape/money.ts';
import { toRating } from '#operations/shape/rating.ts';
import { toStock } from '#operations/shape/stock.ts';
import { ProductInput, ProductView } from '#schemas/view/catalog/product.ts';
import { catalog } from '#services/catalog.ts';
import { inventory } from '#services/inventory.ts';
import { pricing } from '#services/pricing.ts';
import { reviews } from '#services/reviews.ts';

export const getProduct = operation(
  {
    id: 'getProduct',
    route: 'GET /api/products/{id}',
    summary: 'One product as the product page needs it',
    audience: 'public',
    shared: { seconds: 60 },
    input: ProductInput,
    example: { id: 'p-000042' },
    output: ProductView,
    parts: ['rating', 'stock', 'related'],
    deadline: 1_500,
  },
  ({ id, currency }, { all }) => all(sectionsOf(id, currency), toProductView),
);

const sectionsOf = (id: string, currency: string) => ({
  product: subject(catalog.product(id)),
  price: required(pricing.price(id, currency)),
  stock: optional(inventory.level(id)),
  rating: optional(reviews.summary(id)),
  related: optional(relatedCards(id, currency)),
});

function toProductView({ product, price, stock, rating, related }: Values<ReturnType<typeof sectionsOf>>): ProductView {
  return {
    id: product.product_id,
    title: product.title,
    brand: product.brand_name,
    description: product.long_description,
    category: { id: product.category_id },
    images: product.images.map(toImage),
    attributes: product.attributes,
    price: toPrice(price),
    ...(stock && { stock: toStock(stock) }),
    ...(rating && { rating: toRating(rating) }),
    ...(related && { related }),
  };
}
