import { load } from '../support/load.ts';
import { percentile } from '../support/percentile.ts';
import type { Contender } from './contender.ts';

/** A figure over the rounds: its median, and between what the middle half of them was. */
export interface Figure {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

/** How one contender did. Ratios are taken round by round, against the first contender. */
export interface Result {
  readonly name: string;
  readonly perSecond: number;
  /** Microseconds of CPU an answer. */
  readonly cpu: number | undefined;
  /** Bytes of JavaScript an answer. */
  readonly bytes: number | undefined;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The first contender's answers a second over this one's. */
  readonly ratio: Figure;
  /** This one's CPU over the first contender's. */
  readonly cpuRatio: Figure | undefined;
  /** The first contender's p99 over this one's. */
  readonly p99Ratio: Figure;
  readonly failures: number;
}

export interface Race {
  readonly connections: number;
  readonly rounds: number;
  /** Of one lap. */
  readonly seconds: number;
  /** How many laps a contender runs at most before it counts. */
  readonly warmUp: number;
}

/** A contender, and what it is asked for. */
export interface Entrant {
  readonly contender: Contender;
  readonly target: () => string;
  /** Further lines of each head. */
  readonly fields?: string;
}

type Progress = (done: number, of: number) => void;

/**
 * Warms each contender up, then runs them in turn, forth and back: what disturbs the machine disturbs all of them, and
 * what one leaves to be done (a collection, say) does not always fall on the same next one.
 */
export async function race(entrants: readonly Entrant[], rules: Race, progress: Progress): Promise<Result[]> {
  for (const entrant of entrants) await warmUp(entrant, rules);
  const laps: Lap[][] = entrants.map(() => []);
  for (let round = 0; round < rules.rounds; round++) {
    const turns = [...entrants.entries()];
    if (round % 2 === 1) turns.reverse();
    for (const [turn, [index, entrant]] of turns.entries()) {
      laps[index]?.push(await runLap(entrant, rules));
      progress(round * entrants.length + turn + 1, rules.rounds * entrants.length);
    }
  }
  const [first = []] = laps;
  return entrants.map(({ contender: { name } }, index) => resultOf(name, laps[index] ?? [], first));
}

interface Lap {
  readonly perSecond: number;
  readonly cpu: number;
  readonly bytes: number;
  readonly p50: number;
  readonly p99: number;
  readonly failures: number;
}

/** Runs one lap; what the contender does not tell is NaN. */
async function runLap({ contender, target, fields }: Entrant, { connections, seconds }: Race): Promise<Lap> {
  const [cpu = Number.NaN, allocated = Number.NaN] = [contender.cpu(), await contender.allocated()];
  const loaded = await load(contender.port, target, { connections, seconds, ...(fields && { fields }) });
  const { answers, failures, times } = loaded;
  return {
    perSecond: answers / loaded.seconds,
    cpu: ((contender.cpu() ?? Number.NaN) - cpu) / answers,
    bytes: (((await contender.allocated()) ?? Number.NaN) - allocated) / answers,
    p50: percentile(times, 50),
    p99: percentile(times, 99),
    failures,
  };
}

/** The laps that must agree, the share by which they may differ, and how many of the race's laps each is as long as. */
const AGREE = { laps: 3, within: 0.07, length: 3 };

/** Until three laps agree: code is compiled and connections are open. */
async function warmUp(entrant: Entrant, rules: Race): Promise<void> {
  const rates: number[] = [];
  while (rates.length < rules.warmUp) {
    rates.push((await runLap(entrant, { ...rules, seconds: AGREE.length * rules.seconds })).perSecond);
    const last = rates.slice(-AGREE.laps);
    if (last.length === AGREE.laps && Math.min(...last) >= Math.max(...last) * (1 - AGREE.within)) return;
  }
}

function resultOf(name: string, laps: readonly Lap[], first: readonly Lap[]): Result {
  const middle = (of: (lap: Lap) => number) => median(laps.map(of));
  const told = (value: number) => (Number.isNaN(value) ? undefined : value);
  const against = (of: (own: Lap, first: Lap) => number) =>
    figureOf(laps.map((lap, round) => of(lap, first[round] as Lap)));
  const cpu = told(middle((lap) => lap.cpu));
  return {
    name,
    perSecond: middle((lap) => lap.perSecond),
    cpu,
    bytes: told(middle((lap) => lap.bytes)),
    p50: middle((lap) => lap.p50),
    p99: middle((lap) => lap.p99),
    ratio: against((own, ours) => ours.perSecond / own.perSecond),
    cpuRatio: cpu === undefined ? undefined : against((own, ours) => own.cpu / ours.cpu),
    p99Ratio: against((own, ours) => ours.p99 / own.p99),
    failures: laps.reduce((sum, { failures }) => sum + failures, 0),
  };
}

const median = (values: readonly number[]): number => percentile(values, 50);

const figureOf = (values: readonly number[]): Figure => ({
  median: median(values),
  lower: percentile(values, 25),
  upper: percentile(values, 75),
});
