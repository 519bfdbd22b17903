import { LRUCache } from 'lru-cache';
import type { Authenticated } from '#kernel/identity/principal.ts';

const MAX_TOKENS = 2_000;
/** Milliseconds: so much longer than the keys themselves may a token of a withdrawn key be taken. */
const MAX_AGE = 60_000;

interface Verified {
  readonly who: Authenticated;
  /** Wall clock, milliseconds. */
  readonly until: number;
}

/** Tokens whose signature was checked a moment ago: a client that asks often is checked once a minute. */
export class VerifiedTokens {
  readonly #tokens = new LRUCache<string, Verified>({ max: MAX_TOKENS });

  find(token: string): Authenticated | undefined {
    const verified = this.#tokens.get(token);
    return verified !== undefined && Date.now() < verified.until ? verified.who : undefined;
  }

  /** `endsAt`: until when the token is valid, wall clock, milliseconds. */
  add(token: string, who: Authenticated, endsAt: number): void {
    this.#tokens.set(token, { who, until: Math.min(endsAt, Date.now() + MAX_AGE) });
  }
}
