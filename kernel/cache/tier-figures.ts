import { processSingleton } from '#kernel/base/registry.ts';
import { createDurations, type Durations } from '#kernel/base/time/histogram.ts';

/**
 * What became of a look into the shared tier: `hit`; `miss`, nothing is there; `outdated`, it is older than a purge;
 * `unfit`, it can't be read or does not fit its schema; `error`; `skipped`, the tier was not asked, since it fails or has
 * too much to do.
 */
export const TIER_READS = ['hit', 'miss', 'outdated', 'unfit', 'error', 'skipped'] as const;
export type TierRead = (typeof TIER_READS)[number];
/** What became of a write to it: `unfit` if the value can't be shared. */
export const TIER_WRITES = ['stored', 'unfit', 'error', 'skipped'] as const;
/** What became of a wait for a value that another instance was fetching. */
export const TIER_WAITS = ['came', 'in vain'] as const;

type Counts<Outcome extends string> = Record<Outcome, number>;

/** What this process had of the shared tier since it began. Plain data. */
export interface TierFigures {
  readonly reads: Counts<TierRead>;
  readonly writes: Counts<(typeof TIER_WRITES)[number]>;
  readonly waits: Counts<(typeof TIER_WAITS)[number]>;
  /** How long it took to answer. */
  readonly durations: Durations;
  /** Seconds spent waiting for it, in all. */
  seconds: number;
  /** How many of its answers that were. */
  answers: number;
}

export const tierFigures = (): TierFigures =>
  processSingleton('tier figures', () => ({
    reads: { hit: 0, miss: 0, outdated: 0, unfit: 0, error: 0, skipped: 0 },
    writes: { stored: 0, unfit: 0, error: 0, skipped: 0 },
    waits: { came: 0, 'in vain': 0 },
    durations: createDurations(),
    seconds: 0,
    answers: 0,
  }));
