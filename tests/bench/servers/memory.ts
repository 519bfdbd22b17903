import { createCallCache, entryOf, storeEntry } from '../../../kernel/cache/entry.ts';
import { cache } from '../../../kernel/cache/policy.ts';
import { createTagTable } from '../../../kernel/cache/tags.ts';
import { CatalogProduct } from '../../../schemas/upstream/catalog.ts';

const MIB = 1024 * 1024;
const EVERY = 1_000;

// Passes distinct keys through a call cache of 64 MiB, parsed and frozen as the engine does it, and watches the process.
const keys = Number(process.argv[2]);
const text = process.argv[3] ?? '';
const pieces = text.split('p-000042');
const table = createTagTable();
const policy = cache.for('60s').staleFor('10m').staleOnError('1d').tagged('product');
const calls = createCallCache(64 * MIB);

const one = (number: number) => {
  const id = `p-${String(number % 1_000_000).padStart(6, '0')}`;
  const json = pieces.join(id);
  const value = CatalogProduct.parse(JSON.parse(json));
  const fetched = { value, sequence: 0, began: 0 };
  const entry = entryOf(policy as never, fetched, { table, now: performance.now(), random: 0.5 });
  storeEntry(calls, `6:public0:7:catalog${id.length}:${number}`, entry, json.length);
};

for (let number = 0; number < EVERY; number++) one(number);
calls.clear();
globalThis.gc?.();
const start = process.memoryUsage.rss();
let most = start;
for (let number = 0; number < keys; number++) {
  one(number);
  if (number % EVERY === 0) {
    most = Math.max(most, process.memoryUsage.rss());
    await new Promise(setImmediate);
  }
}
process.send?.({ start, most, end: process.memoryUsage.rss(), held: calls.size, bytes: calls.calculatedSize });
