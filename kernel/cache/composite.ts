import { LRUCache } from 'lru-cache';
import { slot } from '#kernel/base/registry.ts';
import { isPurged, type TagTable } from './tags.ts';

/** The bytes of an answer in one coding, with the heads to write before them: flat, name and value in turn. */
export interface Representation {
  readonly bytes: Uint8Array;
  readonly etag: string;
  /** For a 200. */
  readonly head: readonly string[];
  /** For a 304. */
  readonly unchanged: readonly string[];
}

/** A composed public answer. */
export interface Composite {
  readonly operation: string;
  /** The request that it was composed for. */
  readonly by: string;
  readonly freshUntil: number;
  readonly sequence: number;
  readonly tags: readonly string[];
  readonly provisional: boolean;
  /** The purge counter at which the tags were last walked and found untouched. */
  checked: number;
  hits: number;
  readonly identity: Representation;
  br?: Representation;
  gzip?: Representation;
}

export type CompositeCache = LRUCache<string, Composite>;

const OVERHEAD = 1_024;
const BYTES = 16 * 1024 * 1024;

export function createCompositeCache(maxBytes: number): CompositeCache {
  return new LRUCache<string, Composite>({ maxSize: Math.ceil(maxBytes), maxEntrySize: Math.ceil(maxBytes / 8) });
}

/** The cache of this process: the first to ask for it sets its size. */
export const compositeCache = (maxBytes: number = BYTES): CompositeCache =>
  slot('composites', () => createCompositeCache(maxBytes));

/** Whether the bytes may still be served: one comparison, and a walk over the tags only after a purge of anything. */
export function isServable(composite: Composite, table: TagTable, now: number): boolean {
  if (now >= composite.freshUntil) return false;
  if (composite.checked === table.sequence) return true;
  if (isPurged(table, composite.tags, composite.sequence)) return false;
  composite.checked = table.sequence;
  return true;
}

/** Stores, or stores again once coded forms have made it bigger. */
export function storeComposite(cache: CompositeCache, key: string, composite: Composite): void {
  const { identity, br, gzip } = composite;
  const size = OVERHEAD + 2 * key.length + bytesOf(identity) + bytesOf(br) + bytesOf(gzip);
  cache.set(key, composite, { size });
}

const bytesOf = (form: Representation | undefined): number => (form === undefined ? 0 : OVERHEAD + form.bytes.length);
