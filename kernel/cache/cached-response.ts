import { LRUCache } from 'lru-cache';
import { processSingleton } from '#kernel/base/registry.ts';
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
export interface CachedResponse {
  readonly operation: string;
  /** The request that it was composed for. */
  readonly by: string;
  readonly freshUntil: number;
  readonly sequence: number;
  readonly tags: readonly string[];
  readonly provisional: boolean;
  /** The purge counter when none of the tags was last found purged. */
  checked: number;
  hits: number;
  readonly identity: Representation;
  br?: Representation;
  gzip?: Representation;
}

export type ResponseCache = LRUCache<string, CachedResponse>;

const OVERHEAD = 1_024;
const BYTES = 16 * 1024 * 1024;

export function createResponseCache(maxBytes: number): ResponseCache {
  return new LRUCache<string, CachedResponse>({ maxSize: Math.ceil(maxBytes), maxEntrySize: Math.ceil(maxBytes / 8) });
}

/** The cache of this process: the first to ask for it sets its size. */
export const responseCache = (maxBytes: number = BYTES): ResponseCache =>
  processSingleton('responses', () => createResponseCache(maxBytes));

/** Whether the bytes may still be served: three comparisons, and a walk over the tags only after a purge. */
export function isServable(response: CachedResponse, table: TagTable, now: number): boolean {
  if (now >= response.freshUntil || now >= table.trustedUntil) return false;
  if (response.checked === table.sequence) return true;
  if (isPurged(table, response.tags, response.sequence)) return false;
  response.checked = table.sequence;
  return true;
}

/** Stores the response, or stores it again with its coded forms. False if it is too large for this cache. */
export function storeResponse(cache: ResponseCache, key: string, response: CachedResponse): boolean {
  const { identity, br, gzip } = response;
  const size = OVERHEAD + 2 * key.length + bytesOf(identity) + bytesOf(br) + bytesOf(gzip);
  cache.set(key, response, { size });
  return size <= cache.maxEntrySize;
}

const bytesOf = (form: Representation | undefined): number => (form === undefined ? 0 : OVERHEAD + form.bytes.length);
