import { HttpResponse, http } from 'msw';
import type { InventoryLevel } from '#schemas/upstream/inventory.ts';
import { type Conduct, type FaultInjection, misbehave } from './misbehave.ts';
import { productById, type SeedProduct } from './seed/products.ts';

const injection: FaultInjection = {
  error: (status, message) => new HttpResponse(message, { status, headers: { 'content-type': 'text/plain' } }),
  drift: ({ levels }: { levels: InventoryLevel[] }) => ({
    levels: levels.map(({ warehouses, ...level }) => ({ ...level, warehouses: warehouses.length })),
  }),
  empty: () => ({ levels: [] }),
};

export function inventoryHandlers(conduct: Conduct) {
  return [
    http.get('*/inventory/levels', ({ request }) =>
      misbehave('inventory', request, conduct, injection, () => {
        const skus = new URL(request.url).searchParams.get('sku')?.split(',') ?? [];
        return { levels: skus.flatMap((sku) => levelOf(productById(sku))) };
      }),
    ),
  ];
}

function levelOf(product: SeedProduct | undefined): (InventoryLevel & { warehouses: { code: string }[] })[] {
  if (!product) return [];
  const { id, stock, restockAt } = product;
  const north = Math.ceil(stock * 0.6);
  return [
    {
      sku: id,
      warehouses: [
        { code: 'OSL', on_hand: north + 2, reserved: 2 },
        { code: 'ROT', on_hand: stock - north, reserved: 0 },
      ],
      restock_eta_ms: restockAt,
    },
  ];
}
