/** How often the limit is judged anew, in milliseconds. */
const PERIOD = 200;
const INITIAL_LIMIT = 400;
const MIN_LIMIT = 8;
const MAX_LIMIT = 1_000;
/** A limit is never more than halved at once. */
const STEEPEST = 0.5;
/** Seconds of the usual traffic that may have come together while the process stood still, and the least of it in requests. */
const BACKLOG = 0.25;
const LEAST_BACKLOG = 64;
/** How fast what was usual is forgotten, a period. */
const FORGETTING = 0.95;

/** How many requests may be worked on at once, as far as is known. Plain data; moments are monotonic milliseconds. */
export interface ConcurrencyLimit {
  limit: number;
  /** When it is judged next. */
  judgedAt: number;
  /** The most that were under way since it was judged last. */
  peak: number;
  /** The most that were under way of late while the loop was on time. */
  usual: number;
}

export const createConcurrencyLimit = (): ConcurrencyLimit => ({
  limit: INITIAL_LIMIT,
  judgedAt: 0,
  peak: 0,
  usual: 0,
});

/**
 * Adapts the limit by the gradient of Netflix's concurrency-limits (Gradient2Limit): times `target / delay`, between a half
 * and one, plus the square root of the limit for a queue. Where half of it was not asked for, it does not grow beyond what
 * it began with: nobody knows what more would do. `delay` is how late the event loop runs, and not how long answers take, since an upstream's
 * slowness is for its bulkhead and its breaker to bound.
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
