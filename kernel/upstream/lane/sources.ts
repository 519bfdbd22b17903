import { createSlices, lastSlices, type Slices, sliceAt } from '#kernel/base/time/window.ts';
import type { Ratio } from '#kernel/telemetry/answered.ts';
import type { CallSource } from '#kernel/telemetry/trace.ts';

/** How often calls were answered from where. */
export type SourceCounts = Record<CallSource, number>;

interface Slice extends SourceCounts {
  turn: number;
}

/** Where the answers to the calls of one upstream came from, in one lane. Plain data of one size. */
export interface Sources {
  /** Since the process began. */
  readonly total: SourceCounts;
  readonly slices: Slices<Slice>;
}

export const SOURCES = [
  'hit',
  'stale',
  'shared',
  'miss',
  'coalesced',
  'spare',
  'uncached',
] as const satisfies CallSource[];

export const createSources = (): Sources => ({ total: zero(), slices: createSlices() });

/** Counts one call that was answered at `now`, monotonic. */
export function countSource({ total, slices }: Sources, source: CallSource, now: number): void {
  total[source]++;
  sliceAt(slices, now, makeSlice, emptySlice)[source]++;
}

const zero = (): SourceCounts => ({ hit: 0, stale: 0, shared: 0, miss: 0, coalesced: 0, spare: 0, uncached: 0 });
const makeSlice = (turn: number): Slice => ({ turn, ...zero() });

function emptySlice(slice: Slice): void {
  for (const source of SOURCES) slice[source] = 0;
}

/** The last quarter of an hour of some upstreams in one. */
export function sourceTotals(all: Iterable<Sources>, now: number): SourceCounts {
  const sum = zero();
  for (const { slices } of all) {
    for (const slice of lastSlices(slices, now)) if (slice) for (const source of SOURCES) sum[source] += slice[source];
  }
  return sum;
}

/** Of the cacheable calls, how many the cache of this process answered by itself. */
export function callHits({ hit, stale, shared, miss, coalesced, spare }: SourceCounts): Ratio {
  return { hits: hit + stale, of: hit + stale + shared + miss + coalesced + spare };
}
