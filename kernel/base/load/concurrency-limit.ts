/** How often the limit is judged anew, in milliseconds. */
const PERIOD = 200;
const INITIAL_LIMIT = 400;
/** The least: what so many requests wait for one another is little of a deadline, even where each takes 10 ms of CPU. */
const MIN_LIMIT = 32;
const MAX_LIMIT = 1_000;
/** A limit is never more than halved at once. */
const STEEPEST = 0.5;
/** Seconds of the usual traffic that may have come together while the process stood still, and the least of it in requests. */
const BACKLOG = 0.25;
const LEAST_BACKLOG = 64;
/** What is left of what was usual, after a period with requests in it. */
const FORGETTING = 0.95;

/** An estimate of how many requests may be worked on at once. Plain data; moments are monotonic milliseconds. */
export interface ConcurrencyLimit {
  limit: number;
  judgedAt: number;
  /** The highest concurrency since the limit was last judged. */
  peak: number;
  /** The highest recent concurrency while the loop was on time. */
  usual: number;
}

export const createConcurrencyLimit = (): ConcurrencyLimit => ({
  limit: INITIAL_LIMIT,
  judgedAt: 0,
  peak: 0,
  usual: INITIAL_LIMIT / 4,
});

/**
 * Adapts the limit by the gradient of Netflix's concurrency-limits (Gradient2Limit): times `target / delay`, between a
 * half and one, plus the square root of the limit for a queue. If less than half of the limit was used, it does not
 * grow beyond its initial value: a higher one is untested. `delay` is how late the event loop runs, not how long
 * answers take: a slow upstream is bounded by its bulkhead and its breaker.
 */
export function adapt(
  state: ConcurrencyLimit,
  underWay: number,
  delay: () => number,
  target: number,
  now: number,
): void {
  if (underWay > state.peak) state.peak = underWay;
  if (now < state.judgedAt) return;
  const late = delay();
  if (late <= target) state.usual = Math.max(state.peak, state.usual * FORGETTING);
  const gradient = Math.max(STEEPEST, Math.min(1, target / Math.max(target, late)));
  const wanted = state.limit * gradient + Math.sqrt(state.limit);
  const inDemand = state.peak >= state.limit / 2;
  const max = inDemand ? MAX_LIMIT : Math.max(INITIAL_LIMIT, state.limit);
  state.limit = Math.max(MIN_LIMIT, Math.min(max, wanted));
  state.judgedAt = now + PERIOD;
  state.peak = underWay;
}

/**
 * Bounds what a process takes on that stood still: what has come meanwhile is there all at once. It takes what is usual and
 * a quarter of a second's traffic on top, `perSecond` being its rate; the rest would be late, and make late what comes next.
 */
export function boundBacklog(state: ConcurrencyLimit, perSecond: number): void {
  state.limit = Math.min(state.limit, state.usual + Math.max(LEAST_BACKLOG, perSecond * BACKLOG));
}
