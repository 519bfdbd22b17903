import { LRUCache } from 'lru-cache';
import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import { type CachePolicy, tagsOf } from './policy.ts';
import { isOutdatedBy, isPurged, sincePurge, type TagTable } from './tags.ts';
import type { UpstreamFreshness } from './upstream-freshness.ts';

/** Upstreams read from replicas: a value fetched so soon after its purge may still be the old one. */
export const REPLICA_LAG = 5_000;
export const FRESH_AFTER_PURGE = 1_000;
/** A missing thing is remembered this long, or as long as the policy's fresh time, if that is shorter. */
const MISSING_FRESH = 10_000;
const JITTER = 0.1;

/** The conditional header that asks for a version other than the cached one (RFC 9110 §13.1): its name and value. */
export type Condition = readonly [name: string, value: string];

/** A call's value in the cache. Moments are on the monotonic clock, in milliseconds. */
export interface Entry {
  /** Frozen. Undefined where `missing`. */
  readonly value: unknown;
  readonly missing: boolean;
  /** What its upstream sent, as masked JSON; only where requests are captured. */
  readonly answer?: string;
  /** Set if its upstream names versions: how to ask whether this one is current, and the size of its answer. */
  readonly origin?: { readonly condition: Condition; readonly size: number };
  readonly tags: readonly string[];
  /** Fetched so soon after a purge that it may still be the old value. */
  readonly provisional: boolean;
  /** The purge counter as read before the fetch began. */
  readonly sequence: number;
  readonly storedAt: number;
  /** Wall clock at storing, for `since`. */
  readonly storedOn: number;
  readonly freshUntil: number;
  readonly staleUntil: number;
  readonly staleIfErrorUntil: number;
}

/**
 * - `fresh`: serve it
 * - `stale`: serve it while one flight refreshes it
 * - `stale-if-error`: serve it only if the upstream fails
 * - `dead`: never serve it
 */
export type EntryState = 'fresh' | 'stale' | 'stale-if-error' | 'dead';

/**
 * How `reader` may use an entry at this moment. A purge ends every use but stale-if-error, and so does a log of purges
 * that could not be read for long; a write by the reader ends that as well. `beyond` extends stale-if-error to so many
 * milliseconds after freshness.
 */
export function stateOf(
  entry: Entry,
  table: TagTable,
  now: number,
  reader: Scope = PUBLIC,
  beyond: number = 0,
): EntryState {
  if (now < table.trustedUntil && !isPurged(table, entry.tags, entry.sequence)) {
    if (now < entry.freshUntil) return 'fresh';
    if (now < entry.staleUntil) return 'stale';
  }
  if (now >= Math.max(entry.staleIfErrorUntil, entry.freshUntil + beyond) || entry.missing) return 'dead';
  return isOutdatedBy(reader, table, entry.tags, entry.sequence, now) ? 'dead' : 'stale-if-error';
}

/** Whether what is fetched from this moment on may come from a replica that has not seen the last purge. */
export function mayLag(table: TagTable, tags: readonly string[], began: number): boolean {
  return sincePurge(table, tags, began) < REPLICA_LAG;
}

export interface Fetched<T> {
  readonly value: T;
  /** The purge counter before the fetch began. */
  readonly sequence: number;
  /** When the fetch began, monotonic. */
  readonly began: number;
}

/**
 * When an entry is made, monotonic. `random` in [0, 1) shortens its life by up to 10 %, so that lives end apart.
 */
export interface StoreMoment {
  readonly table: TagTable;
  readonly now: number;
  readonly random: number;
  /** How long its upstream lets it live, where the policy asks for that. */
  readonly bound?: UpstreamFreshness | undefined;
}

/** An entry for a fetched value, under the tags that the policy reads off it. */
export function entryOf<T>(
  policy: CachePolicy<T>,
  fetched: Fetched<T>,
  moment: StoreMoment,
  tags: readonly string[] = tagsOf(policy, fetched.value),
): Entry {
  return makeEntry(policy, tags, fetched, moment);
}

/** An entry for a thing that does not exist, as its upstream says. */
export function missingEntry(
  policy: CachePolicy<never>,
  tags: readonly string[],
  fetched: Fetched<undefined>,
  moment: StoreMoment,
): Entry {
  const brief = { fresh: Math.min(policy.fresh, MISSING_FRESH), stale: 0, staleIfError: 0, missing: true } as const;
  return makeEntry(brief, tags, fetched, moment);
}

const NO_STALE = { stale: 0, staleIfError: 0 } as const;

function makeEntry(
  lives: { fresh: number; stale: number; staleIfError: number; missing?: true },
  tags: readonly string[],
  { value, sequence, began }: Fetched<unknown>,
  { table, now, random, bound }: StoreMoment,
): Entry {
  const jittered = lives.fresh * (1 - JITTER * random);
  const lagging = mayLag(table, tags, began);
  const fresh = Math.min(jittered, lagging ? FRESH_AFTER_PURGE : jittered, bound?.fresh ?? jittered);
  const { stale, staleIfError } = bound?.noStale ? NO_STALE : lives;
  return {
    value,
    missing: lives.missing ?? false,
    tags,
    provisional: lagging,
    sequence,
    storedAt: now,
    storedOn: Date.now(),
    freshUntil: now + fresh,
    staleUntil: now + fresh + (lagging ? 0 : stale),
    staleIfErrorUntil: now + fresh + staleIfError,
  };
}

/** The values of calls by canonical key, bounded by bytes. */
export type CallCache = LRUCache<string, Entry>;

/** Objects take more room than the JSON they came from: so that 64 MiB stay within 128 MiB of resident memory. */
const OBJECT_FACTOR = 3.5;
const ENTRY_OVERHEAD = 1_024;

export function createCallCache(maxBytes: number): CallCache {
  return new LRUCache<string, Entry>({ maxSize: Math.ceil(maxBytes), maxEntrySize: Math.ceil(maxBytes / 8) });
}

/** Stores an entry; `jsonBytes` is the decoded size of the answer it came from. What is too big is not cached. */
export function storeEntry(cache: CallCache, key: string, entry: Entry, jsonBytes: number): void {
  cache.set(key, entry, { size: ENTRY_OVERHEAD + 2 * key.length + Math.ceil(OBJECT_FACTOR * jsonBytes) });
}
