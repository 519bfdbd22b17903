import { PUBLIC } from '#kernel/base/scope.ts';
import { type Entry, type EntryState, stateOf, storeEntry } from '#kernel/cache/entry.ts';
import { catchUpWithPurges } from '#kernel/cache/purge-log.ts';
import { isOutrun } from '#kernel/cache/purge-positions.ts';
import type { TierRead } from '#kernel/cache/tier-figures.ts';
import { readRecord } from '#kernel/cache/tier-record.ts';
import { sealContext, type TierEntryRef } from './entry-ref.ts';

/** What one look brought. */
export interface Look {
  readonly outcome: TierRead;
  readonly entry?: Entry;
  readonly state?: EntryState;
}

/** One look into the tier. What is there is in this process's cache from then on. */
export async function lookInto(ref: TierEntryRef): Promise<Look> {
  const { guard, seal, scope, positions, table, calls, callKey } = ref;
  const [asked, wall] = [performance.now(), Date.now()];
  const stored = await guard.read(ref.key);
  if (typeof stored === 'string') return { outcome: stored };
  if (stored.answer === undefined) return { outcome: 'miss' };
  const { text: raw, left } = stored.answer;
  const text = scope === PUBLIC ? raw : seal.open(raw, sealContext(ref));
  const record = text === undefined ? undefined : readRecord({ text, left }, ref.understanding, asked, wall);
  if (record === undefined) return { outcome: 'unfit' };
  const { position, size, lives } = record;
  if (position > (positions.position ?? 0)) await catchUp(guard.timeout);
  if (position > (positions.position ?? 0) || isOutrun(positions, lives.tags, position)) {
    return { outcome: 'outdated' };
  }
  // All purges of it that are known here are older than its fetch: it may count as read now.
  const entry: Entry = { ...lives, sequence: table.sequence };
  const state = stateOf(entry, table, performance.now(), scope);
  if (state === 'dead') return { outcome: 'miss' };
  // A newer one may be here that the tier did not take.
  const here = calls.get(callKey);
  if (here === undefined || here.storedAt <= entry.storedAt) storeEntry(calls, callKey, entry, size);
  return { outcome: 'hit', entry, state };
}

/**
 * A value may be ahead of this process: there are purges that it has yet to read. It reads them now; if that takes longer
 * than so many milliseconds, or the log does not have them, the value is not for us.
 */
async function catchUp(patience: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  await Promise.race([catchUpWithPurges().catch(() => undefined), late]);
  clearTimeout(timer);
}
