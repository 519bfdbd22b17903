import { LRUCache } from 'lru-cache';
import type { Authenticated } from '#kernel/identity/principal.ts';

const MAX_TOKENS = 2_000;
/** Milliseconds: so much longer than the keys themselves may a token of a withdrawn key be taken. */
const MAX_AGE = 60_000;

interface Verified {
  readonly who: Authenticated;
  /** Until when the token is valid, wall clock, milliseconds. */
  readonly endsAt: number;
  /** Until when its signature counts, monotonic: a clock that is set back gives a withdrawn key no time. */
  readonly countsUntil: number;
}

/** Tokens whose signature was checked a moment ago: a client that asks often is checked once a minute. */
export class VerifiedTokens {
  readonly #tokens = new LRUCache<string, Verified>({ max: MAX_TOKENS });

  find(token: string): Authenticated | undefined {
    const verified = this.#tokens.get(token);
    if (verified === undefined || Date.now() >= verified.endsAt) return undefined;
    return performance.now() < verified.countsUntil ? verified.who : undefined;
  }

  /** `endsAt`: until when the token is valid, wall clock, milliseconds. */
  add(token: string, who: Authenticated, endsAt: number): void {
    this.#tokens.set(token, { who, endsAt, countsUntil: performance.now() + MAX_AGE });
  }
}
