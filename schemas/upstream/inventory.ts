import { z } from 'zod';
import { Count } from './amount.ts';
import { EpochMilliseconds } from './instant.ts';

/** The stock of one product; `restock_eta_ms` is in epoch milliseconds. */
export const InventoryLevel = z.object({
  sku: z.string().regex(/^p-[0-9]{6}$/),
  warehouses: z.array(z.object({ on_hand: Count, reserved: Count })),
  restock_eta_ms: EpochMilliseconds.nullable(),
});
export type InventoryLevel = z.infer<typeof InventoryLevel>;
