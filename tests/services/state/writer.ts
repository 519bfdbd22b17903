import { openSqliteState } from '#services/state/sqlite/sqlite.ts';

// Writes as fast as it can and tells each write that was acknowledged, until it is killed.
const [, , file = '', run = ''] = process.argv;
const state = openSqliteState(file);
for (let index = 0; ; index++) {
  const key = `${run}.${index}`;
  await state.set(key, key, { ttl: 3_600_000, durable: index % 20 === 0 });
  const id = await state.append('log', key, { maxEntries: 1_000_000 });
  process.stdout.write(`${index} ${id}\n`);
  if (index % 10 === 0) await new Promise(setImmediate);
}
