/** What our cache did with a request that it could not answer, in the words of RFC 9211 §2. */
export interface CacheOutcome {
  readonly fwd: 'miss' | 'bypass';
  readonly stored: boolean;
  readonly collapsed: boolean;
  /** Whether it would have been stored, but for its size. */
  readonly tooLarge: boolean;
}

/** The Cache-Status field for the cache `tributary` (RFC 9211); never with its `key`, which would reveal ids. */
export function cacheStatus({ fwd, stored, collapsed, tooLarge }: CacheOutcome): string {
  const marks = `${stored ? '; stored' : ''}${collapsed ? '; collapsed' : ''}${tooLarge ? '; detail=too-large' : ''}`;
  return `tributary; fwd=${fwd}${marks}`;
}
