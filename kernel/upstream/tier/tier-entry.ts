import { hash } from 'node:crypto';
import { lengthPrefixed } from '#kernel/base/json/json-value.ts';
import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import { type CallCache, type Entry, type EntryState, stateOf, storeEntry } from '#kernel/cache/entry.ts';
import type { CachePolicy } from '#kernel/cache/policy.ts';
import { catchUpWithPurges } from '#kernel/cache/purge-log.ts';
import { mayPredatePurge, type PurgePositions } from '#kernel/cache/purge-positions.ts';
import type { TagTable } from '#kernel/cache/tags.ts';
import { type TierRead, tierFigures } from '#kernel/cache/tier-figures.ts';
import { type RecordReader, readRecord, writeRecord } from '#kernel/cache/tier-record.ts';
import type { Seal } from '#kernel/state/seal.ts';
import type { GuardedTier } from '#kernel/upstream/resilience/guarded-tier.ts';

/** Where one flight's call stands in the shared tier, and what is needed to read and write there. */
export interface TierEntryRef {
  readonly guard: GuardedTier;
  readonly key: string;
  /** Who may see the value. It is sealed unless it is public. */
  readonly scope: Scope;
  readonly seal: Seal;
  readonly reader: RecordReader;
  /** Milliseconds that a value may be there at most. */
  readonly life: number;
  readonly table: TagTable;
  readonly positions: PurgePositions;
  /** How far the log was known before anything was fetched. */
  readonly position: number;
  /** The cache of this process, and the call's key in it. */
  readonly calls: CallCache;
  readonly callKey: string;
}

/** What a sealed value is bound to: the call, with the scope that it may be shown to. */
export const sealContext = ({ callKey }: TierEntryRef): string => `tier ${callKey}`;

/** Of keys and records: what an older build wrote in another form is never read. */
const GENERATION = 1;

/**
 * The key of a call: of one log of purges, one address of its upstream, one schema, one policy. It is a hash, for calls
 * name people; in braces, so that a cluster keeps what belongs to it on one node. `callKey` is the call's in the process.
 */
export function tierKey(
  log: string,
  address: string,
  { fresh, stale, staleIfError }: CachePolicy<never>,
  callKey: string,
): string {
  const lives = `${fresh}/${stale}/${staleIfError}`;
  return `tributary:${GENERATION}:{${hash('sha256', lengthPrefixed([log, address, lives, callKey]), 'base64url')}}`;
}

/** What one look brought. */
export interface TierLookup {
  readonly outcome: TierRead;
  readonly entry?: Entry;
  readonly state?: EntryState;
}

/** One look into the tier. What is there is in this process's cache from then on. */
export async function lookUpInTier(ref: TierEntryRef): Promise<TierLookup> {
  const { guard, seal, scope, positions, table, calls, callKey } = ref;
  const [asked, wall] = [performance.now(), Date.now()];
  const stored = await guard.read(ref.key);
  if (typeof stored === 'string') return { outcome: stored };
  if (stored.answer === undefined) return { outcome: 'miss' };
  const { text: raw, left } = stored.answer;
  const text = scope === PUBLIC ? raw : seal.open(raw, sealContext(ref));
  const record = text === undefined ? undefined : readRecord({ text, left }, ref.reader, asked, wall);
  if (record === undefined) return { outcome: 'unfit' };
  const { position, size, lives } = record;
  if (position > (positions.position ?? 0)) await catchUp(guard.timeout);
  if (position > (positions.position ?? 0) || mayPredatePurge(positions, lives.tags, position)) {
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
async function catchUp(timeout: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeout);
  });
  await Promise.race([catchUpWithPurges().catch(() => undefined), late]);
  clearTimeout(timer);
}

/**
 * Gives an entry to the other instances; `size` is that of the answer in bytes. One that can't be shared takes away what
 * is there: that is older.
 */
export async function writeToTier(ref: TierEntryRef, entry: Entry, size: number): Promise<void> {
  const { guard, seal, key, life, scope, position, reader } = ref;
  const { writes } = tierFigures();
  if (!guard.isWritable) {
    writes.skipped++;
    return;
  }
  const record = writeRecord(entry, { size, position }, reader.schema, performance.now());
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
