import { processSingleton } from '#kernel/base/registry.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import {
  addDurations,
  countDuration,
  createDurations,
  createHistogram,
  type Durations,
  type Histogram,
  observe,
  quantile,
} from '#kernel/base/time/histogram.ts';
import { createSlices, lastSlices, type Slices, sliceAt } from '#kernel/base/time/window.ts';
import { isTraceSampled, type TraceContext } from './context/trace-context.ts';

/**
 * How an operation answered: `whole` (complete), or with some section missing, old or replaced; `failed` if that was
 * our fault or an upstream's; `refused` if it was the client's, by a mistake or by leaving or hurrying, which says
 * nothing of our health.
 */
export const OUTCOMES = ['whole', 'partial', 'failed', 'refused'] as const;
type Outcome = (typeof OUTCOMES)[number];

/**
 * How many answers there were of each kind; how many of all the cache of composed ones could have given (`cacheable`), and
 * how many it did.
 */
type Counts = Record<Outcome | 'cacheable' | 'cached', number>;

const COUNTED = [...OUTCOMES, 'cacheable', 'cached'] as const;

interface Slice extends Counts {
  turn: number;
  readonly durations: Durations;
}

/** The answers of one operation. Plain data, and as much of it however often it is asked for. */
export interface Answered {
  /** Since the process began. */
  readonly total: Counts;
  readonly durations: Histogram;
  readonly slices: Slices<Slice>;
}

interface CountedAnswer {
  readonly operation: string;
  readonly lane: string;
  readonly method: string;
  readonly status: number;
  readonly sections: Readonly<Record<string, SectionStatus>>;
  readonly duration: number;
  readonly cache: 'hit' | 'miss' | 'collapsed' | 'bypass';
  /** Set where the client allowed less time than the upstreams have. */
  readonly hurried?: true;
  /** Milliseconds of the duration for which its client was waited for. */
  readonly waited?: number;
  /** The slug of the problem that it was answered with. */
  readonly problem?: string;
  readonly context?: TraceContext | undefined;
}

export function answerOutcome(answer: Pick<CountedAnswer, 'status' | 'sections' | 'hurried' | 'problem'>): Outcome {
  const { status, sections, hurried } = answer;
  if (hurried && isLate(answer)) return 'refused';
  if (status >= 500) return 'failed';
  if (status >= 400) return 'refused';
  return isEmpty(sections) ? 'whole' : 'partial';
}

/** Whether time is all that it lacked: its upstreams', or that of this process, of which a client in a hurry sees more. */
function isLate({ status, sections, problem }: Pick<CountedAnswer, 'status' | 'sections' | 'problem'>): boolean {
  const reported = Object.values(sections);
  if (status === 504 || problem === 'overloaded') return true;
  return reported.length > 0 && reported.every(({ reason }) => reason === 'timeout' || reason === 'busy');
}

/** Runs for every answer: it makes no list of the keys. */
function isEmpty(sections: Readonly<Record<string, SectionStatus>>): boolean {
  for (const _ in sections) return false;
  return true;
}

/**
 * Counts one answer of ordinary traffic: some integers, and no allocation. Scenarios are meant to fail, and live reads
 * say nothing of how long an answer takes. `exported` says whether its trace is; undefined where ours never are.
 */
export function countAnswer(answer: CountedAnswer, now: number, exported?: boolean): void {
  if (answer.lane !== '' || answer.operation === '' || answer.method === 'LIVE') return;
  const all = answered();
  let counted = all.get(answer.operation);
  if (counted === undefined) {
    counted = { total: zero(), durations: createHistogram(), slices: createSlices() };
    all.set(answer.operation, counted);
  }
  const slice = sliceAt(counted.slices, now, makeSlice, emptySlice);
  const outcome = answerOutcome(answer);
  countOne(counted.total, outcome, answer.cache);
  countOne(slice, outcome, answer.cache);
  const duration = answer.duration - (answer.waited ?? 0);
  countDuration(slice.durations, duration);
  const bucket = observe(counted.durations, duration);
  const { context } = answer;
  if (context !== undefined && (exported ?? isCallers(context)))
    counted.durations.exemplars[bucket] = { traceId: context.traceId, value: duration, at: Date.now() };
}

/** Whether its caller has its trace collected. */
const isCallers = (context: TraceContext) => context.parentId !== undefined && isTraceSampled(context);

function countOne(counts: Counts, outcome: Outcome, cache: CountedAnswer['cache']): void {
  counts[outcome]++;
  if (cache !== 'bypass') counts.cacheable++;
  if (cache === 'hit') counts.cached++;
}

/** By operation; there are no more than we offer. */
export const answered = (): Map<string, Answered> => processSingleton('answered', () => new Map());

const zero = (): Counts => ({ whole: 0, partial: 0, failed: 0, refused: 0, cacheable: 0, cached: 0 });
const makeSlice = (turn: number): Slice => ({ turn, ...zero(), durations: createDurations() });

function emptySlice(slice: Slice): void {
  for (const name of COUNTED) slice[name] = 0;
  slice.durations.fill(0);
}

/** Of so many that a cache could have answered, how many it did. */
export interface Ratio {
  readonly hits: number;
  readonly of: number;
}

/** An operation's statistics over a time. Durations are milliseconds. */
export interface AnswerStats extends Readonly<Counts> {
  readonly requests: number;
  /** The share of complete answers among those that were not refused, 0 to 1; undefined if there were none. */
  readonly completeness: number | undefined;
  readonly p50: number | undefined;
  readonly p95: number | undefined;
}

/** The slices of the last quarter of an hour, oldest first; undefined where there were no requests. */
export function answersBySlice({ slices }: Answered, now: number): (AnswerStats | undefined)[] {
  return lastSlices(slices, now).map((slice) => slice && statsOf([slice]));
}

/** The last quarter of an hour in one. */
export function answerStats({ slices }: Answered, now: number): AnswerStats {
  return statsOf(lastSlices(slices, now).filter((slice) => slice !== undefined));
}

function statsOf(slices: readonly Slice[]): AnswerStats {
  const sum = zero();
  const durations = createDurations();
  for (const slice of slices) {
    for (const name of COUNTED) sum[name] += slice[name];
    addDurations(durations, slice.durations);
  }
  const answers = sum.whole + sum.partial + sum.failed;
  return {
    ...sum,
    requests: answers + sum.refused,
    completeness: answers === 0 ? undefined : sum.whole / answers,
    p50: quantile(durations, 0.5),
    p95: quantile(durations, 0.95),
  };
}

/** Of the answers of the last quarter of an hour that the cache of composed ones could have given, how many it did. */
export function answerHits(now: number): Ratio {
  const stats = [...answered().values()].map((one) => answerStats(one, now));
  return { hits: total(stats, 'cached'), of: total(stats, 'cacheable') };
}

const total = (all: readonly AnswerStats[], name: 'cached' | 'cacheable') =>
  all.reduce((sum, one) => sum + one[name], 0);
