import { cache } from '#kernel/cache/policy.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { InventoryLevel } from '#schemas/upstream/inventory.ts';
import { tags } from './tags.ts';

const http = upstream('inventory', { timeout: 400, attempts: 2, parallel: 32 });

const levels = http.batch('levels', InventoryLevel, {
  max: 100,
  request: (skus) => ({ get: path`levels`.query({ sku: skus.join(',') }) }),
  list: 'levels',
  id: 'sku',
});

export const inventory = {
  level: (id: string) => levels(id, {}, cache.for('10s').staleFor('30s').staleOnError('10m').tagged(tags.stock(id))),
};
