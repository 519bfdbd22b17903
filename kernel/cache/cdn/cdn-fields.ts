import { hash } from 'node:crypto';
import { isPrivateTag } from '#kernel/cache/tags.ts';

/** The CDNs that are known by name, each with header fields of its own. */
export type CdnName = 'fastly' | 'cloudflare';

/** The key on every answer that a CDN may store: its purge drops all of them, and nothing else. */
export const EVERY_ANSWER = 'tributary';

/** Characters of one key at most; both CDNs take 1,024. */
const MAX_KEY = 128;
/**
 * Bytes of the field with the keys at most. Both CDNs take 16 KB, but proxies on the way put all fields into a buffer of
 * 4 KB (nginx, on most machines).
 */
const MAX_FIELD = 3_072;

/**
 * A tag as a key of a CDN: percent-encoded, so that no comma or space is in it, with colons as they are. A long one is
 * its hash.
 */
export function cdnKey(tag: string): string {
  const key = encodeURIComponent(tag.toWellFormed()).replaceAll('%3A', ':');
  return key.length <= MAX_KEY ? key : `sha256:${hash('sha256', tag, 'base64url')}`;
}

/**
 * The fields by which a CDN stores an answer for so many seconds and finds it again for a purge. Each CDN gets only the
 * fields that it reads, for it would pass others on to clients. Undefined if the answer can't be purged there: a tag is
 * private, or there are too many. Fastly reads `Surrogate-Control` instead of RFC 9213's field.
 */
export function sharedFields(cdn: CdnName, tags: readonly string[], seconds: number): readonly string[] | undefined {
  if (tags.some(isPrivateTag)) return undefined;
  const keys = [EVERY_ANSWER, ...new Set(tags.map(cdnKey))].join(cdn === 'fastly' ? ' ' : ',');
  if (keys.length > MAX_FIELD) return undefined;
  const control = ['CDN-Cache-Control', `max-age=${seconds}`];
  return cdn === 'fastly'
    ? [...control, 'Surrogate-Control', `max-age=${seconds}`, 'Surrogate-Key', keys]
    : [...control, 'Cache-Tag', keys];
}

/** The fields of an answer that no CDN may store. Fastly ignores `no-store` and `no-cache` of Cache-Control. */
export const unsharedFields = (cdn: CdnName): readonly string[] =>
  cdn === 'fastly'
    ? ['CDN-Cache-Control', 'no-store', 'Surrogate-Control', 'max-age=0']
    : ['CDN-Cache-Control', 'no-store'];

const OURS: ReadonlySet<string> = new Set(['CDN-Cache-Control', 'Surrogate-Control', 'Surrogate-Key', 'Cache-Tag']);

export const isCdnField = (name: string): boolean => OURS.has(name);
