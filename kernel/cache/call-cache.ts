import { LRUCache } from 'lru-cache';
import type { Entry } from './entry.ts';

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
