import type { CallErrorReason } from '#kernel/base/call-error.ts';
import { addDurations, countDuration, createDurations, type Durations, quantile } from '#kernel/base/time/histogram.ts';
import { createSlices, lastSlices, type Slices, sliceAt } from '#kernel/base/time/window.ts';

/** What went to one upstream within one slice of time. */
interface Slice {
  turn: number;
  calls: number;
  readonly failures: Map<CallErrorReason, number>;
  readonly durations: Durations;
}

/** How often a failure of one kind occurred since the process began, and when last, on the wall clock. */
export interface Failures {
  count: number;
  last: number;
}

/** What went to one upstream in one lane. Plain data, and as much of it however busy the upstream is. */
export interface Traffic {
  readonly slices: Slices<Slice>;
  readonly failures: Map<CallErrorReason, Failures>;
  /** Since the process began. */
  calls: number;
  /** When an exchange went well last, on the wall clock. */
  lastGood: number | undefined;
}

export function createTraffic(): Traffic {
  return { slices: createSlices(), failures: new Map(), calls: 0, lastGood: undefined };
}

/**
 * Counts one exchange that ended at `now`, monotonic. One that was never sent has no duration. A missing thing is an
 * answer, and a caller that left says nothing of the upstream.
 */
export function countExchange(
  traffic: Traffic,
  now: number,
  duration: number | undefined,
  reason: CallErrorReason | undefined,
): void {
  const slice = sliceAt(traffic.slices, now, makeSlice, emptySlice);
  slice.calls++;
  traffic.calls++;
  if (duration !== undefined) countDuration(slice.durations, duration);
  if (reason === undefined || reason === 'not-found') traffic.lastGood = Date.now();
  else if (reason !== 'aborted') countFailure(traffic, slice, reason);
}

/** Counts an answer that came, and did not fit its schema. */
export function countViolation(traffic: Traffic, now: number): void {
  countFailure(traffic, sliceAt(traffic.slices, now, makeSlice, emptySlice), 'contract');
}

function countFailure(traffic: Traffic, slice: Slice, reason: CallErrorReason): void {
  slice.failures.set(reason, (slice.failures.get(reason) ?? 0) + 1);
  const failures = traffic.failures.get(reason);
  if (failures === undefined) traffic.failures.set(reason, { count: 1, last: Date.now() });
  else {
    failures.count++;
    failures.last = Date.now();
  }
}

const makeSlice = (turn: number): Slice => ({ turn, calls: 0, failures: new Map(), durations: createDurations() });

function emptySlice(slice: Slice): void {
  slice.calls = 0;
  slice.failures.clear();
  slice.durations.fill(0);
}

/** Statistics over a time. Durations are milliseconds, undefined if nothing was sent. */
export interface TrafficStats {
  readonly calls: number;
  readonly failures: ReadonlyMap<CallErrorReason, number>;
  readonly p50: number | undefined;
  readonly p95: number | undefined;
}

/** The slices of the last quarter of an hour, oldest first; undefined where there was no traffic. */
export function slicesOf(traffic: Traffic, now: number): (TrafficStats | undefined)[] {
  return lastSlices(traffic.slices, now).map((slice) => slice && statsOf([slice]));
}

/** The last quarter of an hour in one. */
export function trafficStats(traffic: Traffic, now: number): TrafficStats {
  return statsOf(lastSlices(traffic.slices, now).filter((slice) => slice !== undefined));
}

function statsOf(slices: readonly Slice[]): TrafficStats {
  const durations = createDurations();
  const failures = new Map<CallErrorReason, number>();
  let calls = 0;
  for (const slice of slices) {
    calls += slice.calls;
    for (const [reason, count] of slice.failures) failures.set(reason, (failures.get(reason) ?? 0) + count);
    addDurations(durations, slice.durations);
  }
  return { calls, failures, p50: quantile(durations, 0.5), p95: quantile(durations, 0.95) };
}
