import { z } from 'zod';

/** What the warehouses hold of one product; `restock_eta_ms` is in epoch milliseconds. */
export const InventoryLevel = z.object({
  sku: z.string().regex(/^p-[0-9]{6}$/),
  warehouses: z.array(
    z.object({ code: z.string().min(1), on_hand: z.int().nonnegative(), reserved: z.int().nonnegative() }),
  ),
  restock_eta_ms: z.int().positive().nullable(),
});
export type InventoryLevel = z.infer<typeof InventoryLevel>;
