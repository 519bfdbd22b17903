import type { InventoryLevel } from '#schemas/upstream/inventory.ts';
import type { Stock } from '#schemas/view/catalog/product.ts';

const LOW = 5;

/** Levels of all warehouses as one stock; reserved pieces can't be sold. */
export function toStock({ warehouses, restock_eta_ms: restock }: InventoryLevel): Stock {
  const available = Math.max(
    0,
    warehouses.reduce((sum, { on_hand, reserved }) => sum + on_hand - reserved, 0),
  );
  const state = available === 0 ? 'out' : available <= LOW ? 'low' : 'in-stock';
  return restock === null ? { state, available } : { state, available, restockAt: new Date(restock).toISOString() };
}
