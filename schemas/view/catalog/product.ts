import { z } from 'zod';
import { Currency, Price } from '#schemas/view/money.ts';
import { openWord } from '#schemas/view/open-word.ts';
import { CategoryView } from './category.ts';
import { Image } from './image.ts';
import { ProductCard } from './product-card.ts';
import { ProductId } from './product-id.ts';
import { Rating } from './rating.ts';

export const ProductInput = z.object({ id: ProductId, currency: Currency.default('EUR') });

export const StockState = openWord('in-stock', 'low', 'out');

export const Stock = z
  .object({ state: StockState, available: z.int().nonnegative(), restockAt: z.iso.datetime().optional() })
  .meta({ id: 'Stock' });
export type Stock = z.infer<typeof Stock>;

/** One product as the product page needs it. */
export const ProductView = z
  .object({
    id: z.string(),
    title: z.string(),
    brand: z.string(),
    description: z.string(),
    category: CategoryView.pick({ id: true }),
    images: z.array(Image),
    attributes: z.array(z.object({ name: z.string(), value: z.string() })),
    price: Price,
    stock: Stock.optional(),
    rating: Rating.optional(),
    related: z.array(ProductCard).optional(),
  })
  .meta({ id: 'Product' });
export type ProductView = z.infer<typeof ProductView>;
