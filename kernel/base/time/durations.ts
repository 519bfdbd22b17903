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
