import { z } from 'zod';
import { operation } from '../../kernel/contract/operation.ts';
import { optional, required, subject, type Values } from '../../kernel/flow/section.ts';
import type { Runtime } from '../../kernel/http/engine/engine.ts';
import { cookieJar } from '../../kernel/identity/cookies.ts';
import { ANONYMOUS } from '../../kernel/identity/principal.ts';
import { toImage } from '../../operations/shape/image.ts';
import { toPrice } from '../../operations/shape/money.ts';
import { toRating } from '../../operations/shape/rating.ts';
import { toStock } from '../../operations/shape/stock.ts';
import { ProductInput, ProductView } from '../../schemas/view/catalog/product.ts';
import { catalog } from '../../services/catalog.ts';
import { inventory } from '../../services/inventory.ts';
import { pricing } from '../../services/pricing.ts';
import { recommendations } from '../../services/recommendations.ts';
import { reviews } from '../../services/reviews.ts';

const FiveView = ProductView.omit({ related: true }).extend({ related: z.array(z.string()).optional() });

/** One call to each of five upstreams, through the services, schemas and reshapes of the shop. */
export const getFive = operation(
  {
    id: 'getFive',
    route: 'GET /api/five/{id}',
    summary: 'Five calls, one answer',
    audience: 'public',
    input: ProductInput,
    example: { id: 'p-000042' },
    output: FiveView,
    deadline: 1_500,
  },
  ({ id, currency }, { all }) => all(sectionsOf(id, currency), toFiveView),
);

const sectionsOf = (id: string, currency: string) => ({
  product: subject(catalog.product(id)),
  price: required(pricing.price(id, currency)),
  stock: optional(inventory.level(id)),
  rating: optional(reviews.summary(id)),
  related: optional(recommendations.related(id, 8)),
});

function toFiveView({ product, price, stock, rating, related }: Values<ReturnType<typeof sectionsOf>>) {
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
    ...(related && { related: related.recs.map(({ item }) => item) }),
  };
}

/** The engine over the upstreams at one address. */
export function runtimeOver(upstreams: string): Runtime {
  const names = ['catalog', 'pricing', 'inventory', 'reviews', 'recommendations'];
  return {
    upstreams: Object.fromEntries(names.map((name) => [name, { url: `${upstreams}/${name}/`, mocked: false }])),
    publicUrl: 'http://127.0.0.1',
    cacheBytes: 64 * 1024 * 1024,
    dev: false,
    identify: () => ANONYMOUS,
    cookies: cookieJar('http://127.0.0.1'),
    rateLimits: {},
    trustedProxies: 0,
    scenarios: { playable: false, read: () => ({ problem: 'none here' }), header: () => undefined },
    defer: (work) => void work.catch(() => undefined),
    log: () => undefined,
    report: (error) => process.stderr.write(`${(error as Error).stack}\n`),
  };
}
