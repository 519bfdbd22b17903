/** What our cache did with a request that it could not answer, in the words of RFC 9211 §2. */
export interface CacheOutcome {
  readonly fwd: 'miss' | 'bypass';
  readonly stored: boolean;
  readonly collapsed: boolean;
}

/** The Cache-Status field for the cache `tributary` (RFC 9211); never with its `key`, which would reveal ids. */
export function cacheStatus({ fwd, stored, collapsed }: CacheOutcome): string {
  return `tributary; fwd=${fwd}${stored ? '; stored' : ''}${collapsed ? '; collapsed' : ''}`;
}
