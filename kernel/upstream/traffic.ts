import type { FaultReason } from '#kernel/base/fault.ts';

/** Milliseconds that one slice of time holds, and how many slices are kept: the last quarter of an hour. */
export const SLICE = 30_000;
export const SLICES = 30;
/** Durations are told apart by a quarter of an octave, 19 %, from half a millisecond to nine minutes. */
const PER_OCTAVE = 4;
const SHORTEST = 0.5;
const BINS = 80;

/** What went to one upstream within one slice of time. */
interface Slice {
  /** Which slice of the monotonic clock it is. */
  turn: number;
  calls: number;
  readonly failures: Map<FaultReason, number>;
  /** How many exchanges took so long, by bin. */
  readonly durations: Uint32Array;
}

/** How often a failure of one kind was seen since the process began, and when last, on the wall clock. */
export interface Failures {
  count: number;
  last: number;
}

/** What went to one upstream in one lane. Plain data, and as much of it however busy the upstream is. */
export interface Traffic {
  readonly slices: (Slice | undefined)[];
  readonly failures: Map<FaultReason, Failures>;
  /** Since the process began. */
  calls: number;
  /** When an exchange went well last, on the wall clock. */
  lastGood: number | undefined;
}

export function createTraffic(): Traffic {
  return { slices: new Array(SLICES).fill(undefined), failures: new Map(), calls: 0, lastGood: undefined };
}

/**
 * Counts one exchange that has come to its end at `now`, monotonic. One that was never sent has no duration. That a thing
 * is not there is an answer, and that its caller has left says nothing of the upstream.
 */
export function countExchange(
  traffic: Traffic,
  now: number,
  duration: number | undefined,
  reason: FaultReason | undefined,
): void {
  const slice = sliceAt(traffic, now);
  slice.calls++;
  traffic.calls++;
  if (duration !== undefined) {
    const bin = binOf(duration);
    slice.durations[bin] = (slice.durations[bin] ?? 0) + 1;
  }
  if (reason === undefined || reason === 'not-found') traffic.lastGood = Date.now();
  else if (reason !== 'aborted') countFailure(traffic, slice, reason);
}

/** Counts an answer that came, and did not fit its schema. */
export function countMisfit(traffic: Traffic, now: number): void {
  countFailure(traffic, sliceAt(traffic, now), 'contract');
}

function countFailure(traffic: Traffic, slice: Slice, reason: FaultReason): void {
  slice.failures.set(reason, (slice.failures.get(reason) ?? 0) + 1);
  const known = traffic.failures.get(reason);
  if (known === undefined) traffic.failures.set(reason, { count: 1, last: Date.now() });
  else {
    known.count++;
    known.last = Date.now();
  }
}

function sliceAt(traffic: Traffic, now: number): Slice {
  const turn = Math.floor(now / SLICE);
  const place = turn % SLICES;
  let slice = traffic.slices[place];
  if (slice === undefined) {
    slice = { turn, calls: 0, failures: new Map(), durations: new Uint32Array(BINS) };
    traffic.slices[place] = slice;
  } else if (slice.turn !== turn) {
    slice.turn = turn;
    slice.calls = 0;
    slice.failures.clear();
    slice.durations.fill(0);
  }
  return slice;
}

function binOf(duration: number): number {
  const bin = Math.ceil(PER_OCTAVE * Math.log2(Math.max(duration, SHORTEST) / SHORTEST));
  return Math.min(BINS - 1, bin);
}

/** What a time has seen. Durations are milliseconds, undefined where nothing was sent. */
export interface Seen {
  readonly calls: number;
  readonly failures: ReadonlyMap<FaultReason, number>;
  readonly p50: number | undefined;
  readonly p95: number | undefined;
}

/** The slices of the last quarter of an hour, oldest first; undefined where there was no traffic. */
export function slicesOf(traffic: Traffic, now: number): (Seen | undefined)[] {
  return turnsOf(traffic, now).map((slice) => slice && seenIn([slice]));
}

/** The last quarter of an hour in one. */
export function seenOf(traffic: Traffic, now: number): Seen {
  return seenIn(turnsOf(traffic, now).filter((slice) => slice !== undefined));
}

function turnsOf({ slices }: Traffic, now: number): (Slice | undefined)[] {
  const last = Math.floor(now / SLICE);
  return Array.from({ length: SLICES }, (_, place) => {
    const turn = last - SLICES + 1 + place;
    const slice = turn < 0 ? undefined : slices[turn % SLICES];
    return slice?.turn === turn ? slice : undefined;
  });
}

function seenIn(slices: readonly Slice[]): Seen {
  const durations = new Uint32Array(BINS);
  const failures = new Map<FaultReason, number>();
  let calls = 0;
  for (const slice of slices) {
    calls += slice.calls;
    for (const [reason, count] of slice.failures) failures.set(reason, (failures.get(reason) ?? 0) + count);
    for (let bin = 0; bin < BINS; bin++) durations[bin] = (durations[bin] ?? 0) + (slice.durations[bin] ?? 0);
  }
  return { calls, failures, p50: quantile(durations, 0.5), p95: quantile(durations, 0.95) };
}

/** The upper bound of the bin in which the nearest rank lies: never less than what it was, 19 % more at most. */
function quantile(durations: Uint32Array, share: number): number | undefined {
  let total = 0;
  for (const count of durations) total += count;
  if (total === 0) return undefined;
  let left = Math.ceil(share * total);
  for (let bin = 0; bin < BINS; bin++) {
    left -= durations[bin] ?? 0;
    if (left <= 0) return SHORTEST * 2 ** (bin / PER_OCTAVE);
  }
  return undefined;
}
