import { z } from 'zod';
import { OPAQUE_ID } from '../opaque-id.ts';

/** The contents of a cart. */
export const Cart = z.object({
  items: z.array(
    z.object({
      lineId: z.string().regex(OPAQUE_ID),
      sku: z.string().regex(/^p-[0-9]{6}$/),
      qty: z.int().positive().max(1_000),
    }),
  ),
});
export type Cart = z.infer<typeof Cart>;
