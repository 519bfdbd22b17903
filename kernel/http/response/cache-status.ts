import { quoted } from '#kernel/http/negotiation/token.ts';

/** What our cache did with a request, in the words of RFC 9211 §2; `ttl` in seconds, negative once stale. */
export type CacheOutcome =
  | { readonly hit: true; readonly ttl?: number; readonly detail?: string }
  | {
      readonly fwd: 'miss' | 'stale' | 'uri-miss' | 'bypass' | 'method' | 'request';
      readonly stored?: boolean;
      readonly collapsed?: boolean;
      readonly ttl?: number;
      readonly detail?: string;
    };

/** The Cache-Status field for the cache `tributary` (RFC 9211); never with its `key`, which would reveal ids. */
export function cacheStatus(outcome: CacheOutcome): string {
  let text = 'hit' in outcome ? 'tributary; hit' : `tributary; fwd=${outcome.fwd}`;
  if ('fwd' in outcome) {
    if (outcome.stored) text += '; stored';
    if (outcome.collapsed) text += '; collapsed';
  }
  if (outcome.ttl !== undefined && Number.isFinite(outcome.ttl)) text += `; ttl=${sfInteger(outcome.ttl)}`;
  if (outcome.detail !== undefined) text += `; detail=${quoted(outcome.detail, 100)}`;
  return text;
}

/** An RFC 9651 §3.3.1 Integer has at most fifteen digits. */
function sfInteger(value: number): number {
  return Math.max(-999_999_999_999_999, Math.min(999_999_999_999_999, Math.floor(value))) + 0;
}
