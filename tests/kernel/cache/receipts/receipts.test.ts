import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { userScope } from '#kernel/base/scope.ts';
import { readEntry, writeEntry } from '#kernel/cache/purge-entry.ts';
import { purgeAllStep, purgeReader, purgeStep } from '#kernel/cache/purge-log.ts';
import { ReceiptBook } from '#kernel/cache/receipts/receipt-book.ts';
import { lastReceipts, receiptOf } from '#kernel/cache/receipts/receipts.ts';
import { createTagTable, privateTag } from '#kernel/cache/tags.ts';
import type { State } from '#kernel/state/state.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';

let folder: string;
let state: State;
beforeEach(() => {
  resetRegistry();
  folder = mkdtempSync(join(tmpdir(), 'tributary-receipts-'));
  state = openSqliteState(join(folder, 'state.db'));
});
afterEach(async () => {
  await state.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An instance that follows the log from here on. */
async function instance(name: string) {
  const table = createTagTable();
  const book = new ReceiptBook(state, name, () => name === 'shares');
  const read = purgeReader(state, table, (purge) => book.applied(purge));
  await read();
  return { table, book, read };
}

const ada = userScope('https://issuer.test', 'ada');

test('a receipt has where a purge came from, and every instance by its name', async () => {
  const hosts = [await instance('alone'), await instance('shares')];
  await state.commit([purgeStep(['a', privateTag(ada, 'orders')], ada, { by: 'upstream x msg_1', receivedAt: 7 })]);
  for (const { read, book } of hosts) {
    await read();
    await book.flush();
  }
  const receipt = await receiptOf(state, 1);
  expect(receipt).toMatchObject({
    id: 1,
    by: 'upstream x msg_1',
    receivedAt: 7,
    loggedAt: expect.any(Number),
    cdn: [],
  });
  expect(receipt?.tags).toEqual(['a', 'orders of one customer']);
  expect(receipt?.instances.map(({ instance: name, tier, told }) => ({ name, tier, told }))).toEqual([
    { name: 'alone', tier: false, told: 0 },
    { name: 'shares', tier: true, told: 0 },
  ]);
  expect(await receiptOf(state, 2)).toBeUndefined();
});

test('watchers count for the purges that their new answer comes after, of tags that it has', async () => {
  const { table, book, read } = await instance('one');
  const before = table.sequence;
  await state.commit([purgeStep(['a']), purgeStep(['b']), purgeAllStep()]);
  await read();
  const tags = new Set(['a', 'c']);
  book.refreshed({ tags, after: before, upTo: before + 2, watchers: 3, changed: 2 });
  // A later look tells nobody of what they have heard of.
  book.refreshed({ tags, after: before + 2, upTo: table.sequence, watchers: 3, changed: 0 });
  await book.flush();
  const told = (await lastReceipts(state, 10)).map(({ id, instances: [hop] }) => [id, hop?.told, hop?.changed]);
  expect(told).toEqual([
    [3, 3, 0],
    [2, 0, 0],
    [1, 3, 2],
  ]);
});

test('what is noted later takes the place of what was noted before', async () => {
  const { table, book, read } = await instance('one');
  const before = table.sequence;
  await state.commit([purgeStep(['a'])]);
  await read();
  await book.flush();
  book.refreshed({ tags: new Set(['a']), after: before, upTo: table.sequence, watchers: 1, changed: 1 });
  await book.flush();
  await book.flush();
  const receipt = await receiptOf(state, 1);
  expect(receipt?.instances).toEqual([expect.objectContaining({ told: 1, last: expect.any(Number) })]);
  expect(await state.bounds('receipts')).toEqual({ first: 1, last: 2 });
});

test('a store that is away costs the note, and nothing else', async () => {
  const { book } = await instance('one');
  book.applied({ id: 1, tags: ['a'], sequence: 1 });
  await state.close();
  await book.flush();
  state = openSqliteState(join(folder, 'state.db'));
  expect(await lastReceipts(state, 10)).toEqual([]);
});

test('an entry of an older build is read, and an older build reads ours as tags', () => {
  expect(readEntry('["a","b"]')).toEqual({ tags: ['a', 'b'], writer: undefined, origin: undefined });
  expect(readEntry(`["a","writer ${ada}"]`)).toEqual({ tags: ['a'], writer: ada, origin: undefined });
  expect(readEntry('null')).toEqual({ tags: undefined });
  const entry = { tags: ['a'], writer: ada, origin: { by: 'write', at: 1 } };
  expect(readEntry(writeEntry(entry))).toEqual(entry);
  const asTags = JSON.parse(writeEntry(entry)) as string[];
  expect(asTags[0]).toBe('a');
  expect(asTags.at(-1)).toBe(`writer ${ada}`);
});
