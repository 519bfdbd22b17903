import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterPostgres, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Counted, Counter, RatePolicy, SharedLimits } from '#kernel/contract/rate-policy.ts';

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

const LATE: unique symbol = Symbol('late');

/**
 * One count over all instances, in Postgres: one statement for each request, none for a caller that is known to be over
 * its quota. While the store is away or late, this process counts by itself, for its share; but an answer that comes late
 * is heard, so that no more than what waits for one goes beyond the quota.
 */
export class SharedCounter implements Counter {
  readonly #limiter: RateLimiterPostgres;
  readonly #alone: MemoryCounter;
  /** Until when callers are over their quota, monotonic: the store has said so. */
  readonly #over = new LRUCache<string, number>({ max: MAX_CALLERS });
  readonly #quota: number;
  readonly #patience: number;

  constructor(name: string, { quota, seconds }: RatePolicy, { query, instances, patience }: SharedLimits) {
    this.#quota = quota;
    this.#patience = patience;
    this.#alone = new MemoryCounter({ quota: Math.max(1, Math.floor(quota / instances)), seconds });
    this.#limiter = new RateLimiterPostgres({
      storeClient: { query },
      storeType: 'pool',
      schemaName: 'tributary',
      tableName: 'rate_limits',
      tableCreated: true,
      // The sweep of the state does that.
      clearExpiredByTimeout: false,
      keyPrefix: name,
      points: quota,
      duration: seconds,
    });
  }

  async count(caller: string): Promise<Counted> {
    const known = this.#known(caller);
    if (known !== undefined) return known;
    const late = Promise.withResolvers<typeof LATE>();
    const timer = setTimeout(late.resolve, this.#patience, LATE).unref();
    const counting = this.#limiter.consume(caller).then(
      (counted) => this.#note(caller, counted),
      (thrown: RateLimiterRes | Error) => ('msBeforeNext' in thrown ? this.#note(caller, thrown) : LATE),
    );
    const told = await Promise.race([counting, late.promise]);
    clearTimeout(timer);
    if (told !== LATE) return told;
    // Meanwhile another request of the caller may have heard.
    return this.#known(caller) ?? this.#alone.count(caller);
  }

  /** What is said to a caller that is over its quota. */
  #known(caller: string): Counted | undefined {
    const msBeforeNext = (this.#over.get(caller) ?? 0) - performance.now();
    // It was not counted: what it gave back would be another request's.
    if (msBeforeNext > 0) return { left: 0, over: true, msBeforeNext, giveBack: () => {} };
    this.#over.delete(caller);
    return undefined;
  }

  /** Counts as well for an answer that came too late for its request. */
  #note(caller: string, { consumedPoints, msBeforeNext }: RateLimiterRes): Counted {
    // Not at the quota itself: the last request may be given back, which would not be noticed then.
    if (consumedPoints > this.#quota) this.#over.set(caller, performance.now() + msBeforeNext);
    return {
      left: Math.max(0, this.#quota - consumedPoints),
      over: consumedPoints > this.#quota,
      msBeforeNext,
      // What can't be given back is lost to the caller until the window ends.
      giveBack: () => void this.#limiter.reward(caller).catch(() => undefined),
    };
  }
}
