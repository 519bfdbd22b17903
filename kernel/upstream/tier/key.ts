import { hash } from 'node:crypto';
import { lengthPrefixed } from '#kernel/base/json/json-value.ts';
import type { CachePolicy } from '#kernel/cache/policy.ts';

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
