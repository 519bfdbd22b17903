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
