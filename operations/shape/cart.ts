import type { Cart } from '#schemas/upstream/cart.ts';
import type { CatalogPage } from '#schemas/upstream/catalog.ts';
import type { InventoryLevel } from '#schemas/upstream/inventory.ts';
import type { PricingQuote } from '#schemas/upstream/pricing.ts';
import type { CartLine, CartView } from '#schemas/view/cart/cart.ts';
import { toImage } from './image.ts';
import { sumOf } from './money.ts';
import { toStock } from './stock.ts';

type ById<T> = Readonly<Record<string, T>>;

/** The details of the products in a cart; those that could not be had are left out. */
interface Goods {
  readonly products: Pick<CatalogPage, 'results'> | undefined;
  readonly prices: ById<PricingQuote> | undefined;
  readonly stock: ById<InventoryLevel> | undefined;
}

export const EMPTY_CART: CartView = { lines: [], pieces: 0 };

export function toCart({ items }: Pick<Cart, 'items'>, { products, prices, stock }: Goods): CartView {
  const byId = new Map(products?.results.map((product) => [product.product_id, product]));
  const lines = items.map(({ lineId, sku, qty }): CartLine => {
    const product = byId.get(sku);
    const image = product?.images[0];
    const quote = prices?.[sku];
    const level = stock?.[sku];
    return {
      id: lineId,
      product: sku,
      ...(product && { title: product.title }),
      ...(image && { image: toImage(image) }),
      quantity: qty,
      ...(quote && {
        each: { minor: quote.amountMinor, currency: quote.currencyCode },
        total: { minor: quote.amountMinor * qty, currency: quote.currencyCode },
      }),
      ...(level && { stock: toStock(level).state }),
    };
  });
  const pieces = piecesIn(items);
  const subtotal = subtotalOf(lines);
  return subtotal ? { lines, pieces, subtotal } : { lines, pieces };
}

export const piecesIn = (items: Cart['items']): number => items.reduce((sum, { qty }) => sum + qty, 0);

/** The sum, where every line has its price, all are in one currency, and it can be written. */
function subtotalOf(lines: readonly CartLine[]): CartView['subtotal'] {
  const currency = lines[0]?.total?.currency;
  if (currency === undefined || lines.some(({ total }) => total?.currency !== currency)) return undefined;
  const minor = sumOf(lines.map(({ total }) => total?.minor ?? 0));
  return minor === undefined ? undefined : { minor, currency };
}
