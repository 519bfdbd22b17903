import { randomUUID } from 'node:crypto';
import type { TierEntryRef } from './tier-entry.ts';

/** For how long a lease holds at most, in milliseconds. */
const MAX_LEASE = 5_000;

/** What a claim brought; `unknown` where the tier did not say. */
type Claimed = 'ours' | 'taken' | 'unknown';

/** The right to fetch a value for all instances. It runs out by itself; only its owner can give it back earlier. */
export class TierLease {
  readonly #ref: TierEntryRef;
  readonly #length: number;
  /** Whose it is: what ran out may be another's by the time it is given back. */
  #token: string | undefined;

  constructor(ref: TierEntryRef, timeout: number) {
    this.#ref = ref;
    this.#length = Math.ceil(Math.min(timeout, MAX_LEASE));
  }

  async claim(): Promise<Claimed> {
    const token = randomUUID();
    const claimed = await this.#ref.guard.claim(this.#ref.key, token, this.#length);
    if (claimed === 'skipped') return 'unknown';
    if (claimed === 'error') {
      // It may have been granted all the same.
      this.#token = token;
      return 'unknown';
    }
    if (!claimed.answer) return 'taken';
    this.#token = token;
    return 'ours';
  }

  /** Whether there may be something to give back. */
  get mayBeOurs(): boolean {
    return this.#token !== undefined;
  }

  async release(): Promise<void> {
    if (this.#token !== undefined) await this.#ref.guard.release(this.#ref.key, this.#token);
  }
}
