import { z } from 'zod';

/** What somebody has put aside. `revision` is 0 while nothing ever was in it; times are in epoch milliseconds. */
export const Cart = z.object({
  cartId: z.string().min(1),
  owner: z.string().min(1),
  revision: z.int().nonnegative(),
  updatedAt: z.int().nonnegative(),
  items: z.array(
    z.object({
      lineId: z.string().min(1),
      sku: z.string().regex(/^p-[0-9]{6}$/),
      qty: z.int().positive().max(1_000),
      addedAt: z.int().positive(),
    }),
  ),
});
export type Cart = z.infer<typeof Cart>;
