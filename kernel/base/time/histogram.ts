/** The upper bounds of the buckets, milliseconds: the same everywhere, so that those of several instances can be added. */
export const BOUNDS: readonly number[] = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/** A measured value that can be looked at: its trace is where traces are collected. */
export interface Exemplar {
  traceId: string;
  /** Milliseconds. */
  value: number;
  /** Milliseconds since 1970. */
  at: number;
}

/** Durations since the process began, by bucket; the last bucket has no bound. As much of it however many there are. */
export interface Histogram {
  readonly counts: Float64Array;
  /** Of all durations, milliseconds. */
  sum: number;
  /** The last exemplar of each bucket. */
  readonly exemplars: (Exemplar | undefined)[];
}

export const createHistogram = (): Histogram => ({
  counts: new Float64Array(BOUNDS.length + 1),
  sum: 0,
  exemplars: new Array(BOUNDS.length + 1).fill(undefined),
});

/** Counts one duration in milliseconds, and returns its bucket. */
export function observe(histogram: Histogram, duration: number): number {
  let bucket = 0;
  while (bucket < BOUNDS.length && duration > (BOUNDS[bucket] as number)) bucket++;
  histogram.counts[bucket] = (histogram.counts[bucket] as number) + 1;
  histogram.sum += duration;
  return bucket;
}

/** Durations are counted in bins of a quarter of an octave, 19 %, from half a millisecond to nine minutes. */
const PER_OCTAVE = 4;
const SHORTEST = 0.5;
const BINS = 80;

/** How many took so long, by bin. As much of it however many there are. */
export type Durations = Uint32Array;

export const createDurations = (): Durations => new Uint32Array(BINS);

/** Counts one duration in milliseconds. */
export function countDuration(durations: Durations, duration: number): void {
  const bin = Math.ceil(PER_OCTAVE * Math.log2(Math.max(duration, SHORTEST) / SHORTEST));
  const index = Math.min(BINS - 1, bin);
  durations[index] = (durations[index] ?? 0) + 1;
}

export function addDurations(sum: Durations, more: Durations): void {
  for (let bin = 0; bin < BINS; bin++) sum[bin] = (sum[bin] ?? 0) + (more[bin] ?? 0);
}

/**
 * The upper bound of the bin of the nearest rank, in milliseconds: never less than the true value, 19 % more at most.
 * Undefined if nothing was counted.
 */
export function quantile(durations: Durations, share: number): number | undefined {
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
