import { PUBLIC } from '#kernel/base/scope.ts';
import type { Entry } from '#kernel/cache/entry.ts';
import { tierFigures } from '#kernel/cache/tier-figures.ts';
import { writeRecord } from '#kernel/cache/tier-record.ts';
import { sealContext, type TierEntryRef } from './entry-ref.ts';

/**
 * Gives an entry to the other instances; `size` is that of the answer in bytes. One that can't be shared takes away what
 * is there: that is older.
 */
export async function writeToTier(ref: TierEntryRef, entry: Entry, size: number): Promise<void> {
  const { guard, seal, key, life, scope, position, understanding } = ref;
  const { writes } = tierFigures();
  if (!guard.isWritable) {
    writes.skipped++;
    return;
  }
  const record = writeRecord(entry, { size, position }, understanding.schema, performance.now());
  if (record === undefined) {
    writes.unfit++;
    await guard.withdraw(key, life);
    return;
  }
  const text = scope === PUBLIC ? record.text : seal.seal(record.text, sealContext(ref));
  const written = await guard.write(key, text, record.ttl);
  writes[typeof written === 'string' ? written : 'stored']++;
}

/** Takes away what is there: its upstream does not let it be stored any more. */
export async function removeFromTier({ guard, key, life }: TierEntryRef): Promise<void> {
  await guard.withdraw(key, life);
}
