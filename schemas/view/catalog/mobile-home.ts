import { z } from 'zod';
import { DEFAULT_LOCALE, Locale } from '#schemas/view/locale.ts';
import { Currency, Price } from '#schemas/view/money.ts';
import { OrderSummary } from '#schemas/view/orders/order.ts';
import { CategoryView } from './category.ts';
import { StockState } from './product.ts';

export const MobileHomeInput = z.object({ currency: Currency.default('EUR'), locale: Locale.default(DEFAULT_LOCALE) });

/** A product as a small screen shows it: one picture, one line, one price. */
export const MobileCard = z
  .object({
    id: z.string(),
    title: z.string(),
    image: z.string().optional(),
    price: Price.optional(),
    stars: z.number().optional(),
    stock: StockState.optional(),
  })
  .meta({ id: 'MobileCard' });
export type MobileCard = z.infer<typeof MobileCard>;

/** Everything that the app's first screen needs; `cart` and `latestOrder` are there for who is signed in. */
export const MobileHomeView = z
  .object({
    hero: z.object({ title: z.string(), text: z.string(), image: z.string().optional(), link: z.string() }).optional(),
    rails: z.array(z.object({ title: z.string(), items: z.array(MobileCard) })),
    suggested: z.array(MobileCard).optional(),
    cart: z.object({ pieces: z.int().nonnegative() }).optional(),
    latestOrder: OrderSummary.optional(),
    categories: z.array(CategoryView).optional(),
  })
  .meta({ id: 'MobileHome' });
export type MobileHomeView = z.infer<typeof MobileHomeView>;
