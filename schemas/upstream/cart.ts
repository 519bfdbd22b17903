import { z } from 'zod';

/** The contents of a cart. */
export const Cart = z.object({
  items: z.array(
    z.object({
      lineId: z.string().min(1),
      sku: z.string().regex(/^p-[0-9]{6}$/),
      qty: z.int().positive().max(1_000),
    }),
  ),
});
export type Cart = z.infer<typeof Cart>;
