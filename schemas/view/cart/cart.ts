import { z } from 'zod';
import { Image } from '#schemas/view/catalog/image.ts';
import { StockState } from '#schemas/view/catalog/product.ts';
import { ProductId } from '#schemas/view/catalog/product-id.ts';
import { Currency, Money } from '#schemas/view/money.ts';
import { OPAQUE_ID } from '../../opaque-id.ts';

export const CartInput = z.object({ currency: Currency.default('EUR') });

export const LineId = z
  .string()
  .regex(OPAQUE_ID, 'must be a line id such as l-1')
  .meta({ description: 'A line of a cart', example: 'l-1' });

const Quantity = z.int().min(1).max(99);

/** One product in a cart. Title, picture, price and stock are absent where they could not be had. */
export const CartLine = z
  .object({
    id: z.string(),
    product: z.string(),
    title: z.string().optional(),
    image: Image.optional(),
    quantity: z.int().positive(),
    each: Money.optional(),
    total: Money.optional(),
    stock: StockState.optional(),
  })
  .meta({ id: 'CartLine' });
export type CartLine = z.infer<typeof CartLine>;

/** The contents of a cart. The subtotal is there if every price could be had. */
export const CartView = z
  .object({ lines: z.array(CartLine), pieces: z.int().nonnegative(), subtotal: Money.optional() })
  .meta({ id: 'Cart' });
export type CartView = z.infer<typeof CartView>;

export const CartLineDraft = z.strictObject({ product: ProductId, quantity: Quantity }).meta({ id: 'CartLineDraft' });
export const CartLinePatch = z.strictObject({ quantity: Quantity }).meta({ id: 'CartLinePatch' });
