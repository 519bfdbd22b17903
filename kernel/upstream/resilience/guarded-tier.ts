import { isCallError } from '#kernel/base/call-error.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import { countDuration } from '#kernel/base/time/histogram.ts';
import { Timeout } from '#kernel/base/time/timeout.ts';
import type { CacheTier, StoredText } from '#kernel/cache/tier.ts';
import { tierFigures } from '#kernel/cache/tier-figures.ts';
import { acquire, type Breaker, type CallVerdict, createBreaker, settleCall } from './breaker.ts';
import { Withdrawals } from './withdrawals.ts';

/** Milliseconds that one command may take: what a request loses at most by a tier that does not answer. */
export const TIER_TIMEOUT = 20;
/** Commands that have no answer yet; what comes on top is left out. */
const MAX_UNANSWERED = 256;
/** A tier that fails is reported so often, in milliseconds; at its start it may take a while to connect. */
const REPORT_EVERY = 60_000;
const TO_CONNECT = 5_000;

/** How a command ended: with its answer, or with none. */
type Asked<T> = { readonly answer: T } | 'error' | 'skipped';

interface GuardOptions {
  /** What the timeout is multiplied by. */
  readonly scale: number;
  /** A line for the log; one a minute at most. */
  warn(message: string): void;
  /** Leaves all that is in the tier behind, for all instances; rejects where it can't. */
  leave(): Promise<void>;
}

/**
 * The shared tier with a deadline, a bound on what is unanswered, and two breakers: a tier that is full, or a replica,
 * takes no writes and may still be read. Nothing here throws.
 */
export class GuardedTier {
  readonly #tier: CacheTier;
  readonly #options: GuardOptions;
  readonly #reading = createBreaker();
  readonly #writing = createBreaker();
  readonly #withdrawals: Withdrawals;
  #unanswered = 0;
  #failures = 0;
  #reportedAt = performance.now() - REPORT_EVERY + TO_CONNECT;

  constructor(tier: CacheTier, options: GuardOptions) {
    this.#tier = tier;
    this.#options = options;
    this.#withdrawals = new Withdrawals({
      remove: async (key) => tier.unavailableReason === undefined && typeof (await this.#remove(key)) !== 'string',
      leave: () => options.leave(),
    });
  }

  /** Milliseconds that one command may take here. */
  get timeout(): number {
    return TIER_TIMEOUT * this.#options.scale;
  }

  /** Whether it can be asked, and answers. */
  get isWell(): boolean {
    return this.#tier.unavailableReason === undefined && this.#reading.state === 'closed';
  }

  /** Whether it takes what is written. */
  get isWritable(): boolean {
    return this.isWell && this.#writing.state === 'closed';
  }

  /** What was withdrawn is not there, though the tier may still have it. */
  async read(key: string): Promise<Asked<StoredText | undefined>> {
    if (this.#withdrawals.has(key)) return { answer: undefined };
    return this.#ask(this.#reading, () => this.#tier.read(key));
  }

  async write(key: string, text: string, ttl: number): Promise<Asked<void>> {
    const written = await this.#ask(this.#writing, () => this.#tier.write(key, text, ttl));
    if (typeof written !== 'string') this.#withdrawals.forget(key);
    return written;
  }

  /** Takes away what is there, once the tier takes that. Nothing lives there for more than `life` milliseconds. */
  async withdraw(key: string, life: number): Promise<void> {
    if (typeof (await this.#remove(key)) === 'string') this.#withdrawals.owe(key, life);
  }

  #remove(key: string): Promise<Asked<void>> {
    return this.#ask(this.#writing, () => this.#tier.remove(key));
  }

  claim(key: string, token: string, ttl: number): Promise<Asked<boolean>> {
    return this.#ask(this.#writing, () => this.#tier.claim(key, token, ttl));
  }

  /** Without an answer the lease ends by itself. */
  async release(key: string, token: string): Promise<void> {
    await this.#ask(this.#writing, () => this.#tier.release(key, token));
  }

  async #ask<T>(breaker: Breaker, command: () => Promise<T>): Promise<Asked<T>> {
    const { unavailableReason } = this.#tier;
    if (unavailableReason !== undefined) this.#report(unavailableReason);
    if (unavailableReason !== undefined || this.#unanswered >= MAX_UNANSWERED) return 'skipped';
    const began = performance.now();
    let epoch: number;
    try {
      epoch = acquire(breaker, began);
    } catch {
      return 'skipped';
    }
    let verdict: CallVerdict = 'failure';
    try {
      const answer = await this.#inTime(command);
      verdict = 'success';
      this.#count(performance.now() - began);
      return { answer };
    } catch (thrown) {
      if (isCallError(thrown) && thrown.reason === 'busy') verdict = 'neither';
      else this.#report(thrown instanceof Error ? thrown.message : String(thrown));
      return 'error';
    } finally {
      settleCall(breaker, epoch, verdict, performance.now(), Math.random());
    }
  }

  /** What is too late counts as unanswered until its answer comes after all. */
  #inTime<T>(command: () => Promise<T>): Promise<T> {
    this.#unanswered++;
    return new Promise((resolve, reject) => {
      const timer = new Timeout(this.timeout, reject);
      const settle = () => {
        this.#unanswered--;
        timer.clear();
      };
      const running = command();
      running.then(settle, settle);
      running.then(resolve, reject);
    });
  }

  #count(took: number): void {
    const figures = tierFigures();
    countDuration(figures.durations, took);
    figures.seconds += took / 1_000;
    figures.answers++;
  }

  #report(why: string): void {
    this.#failures++;
    const now = performance.now();
    if (now - this.#reportedAt < REPORT_EVERY) return;
    this.#options.warn(
      `The shared cache does not answer: ${why}. Answers come without it (${this.#failures} times since this was said last).`,
    );
    this.#reportedAt = now;
    this.#failures = 0;
  }
}

/** The guard of this process, once a tier is shared: all its bundles have one in common. */
export const tierGuard = (): { guard: GuardedTier | undefined } =>
  processSingleton('tier guard', () => ({ guard: undefined }));
