import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Counted, Counter, RatePolicy } from '#kernel/contract/rate-policy.ts';

/** How many callers a counter holds: some 12 MB, whatever addresses come. */
const MAX_CALLERS = 20_000;

/** In this process, without waiting for anything. */
export class MemoryCounter implements Counter {
  readonly limiter: RateLimiterMemory;
  /**
   * The callers that the limiter counts; the least recently counted is dropped first: by itself the limiter drops none
   * within its window.
   */
  readonly callers = new LRUCache<string, string>({ max: MAX_CALLERS });
  readonly #quota: number;

  constructor({ quota, seconds }: RatePolicy) {
    this.#quota = quota;
    this.limiter = new RateLimiterMemory({ points: quota, duration: seconds, keyPrefix: '' });
  }

  async count(caller: string): Promise<Counted> {
    const { limiter, callers } = this;
    if (callers.size >= MAX_CALLERS && !callers.has(caller)) void limiter.delete(callers.pop() ?? '');
    callers.set(caller, caller);
    const { consumedPoints, msBeforeNext } = await limiter.consume(caller).catch((over: RateLimiterRes) => over);
    return {
      left: Math.max(0, this.#quota - consumedPoints),
      over: consumedPoints > this.#quota,
      msBeforeNext,
      giveBack: () => this.giveBack(caller),
    };
  }

  /** Takes one request of a caller back. */
  giveBack(caller: string): void {
    void this.limiter.reward(caller);
  }
}
