import { load } from '../support/load.ts';
import { percentile } from '../support/percentile.ts';
import type { Contender } from './contender.ts';

/** How one contender did: medians over the rounds. */
export interface Result {
  readonly name: string;
  readonly perSecond: number;
  /** Microseconds of CPU a request. */
  readonly cpu: number | undefined;
  /** The first contender's requests a second over this one's, round by round. */
  readonly ratio: number;
  /** This one's CPU over the first contender's. */
  readonly cpuRatio: number | undefined;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The first contender's p99 over this one's, round by round. */
  readonly p99Ratio: number;
  readonly failures: number;
}

export interface Race {
  readonly connections: number;
  readonly rounds: number;
  readonly seconds: number;
}

interface Lap {
  readonly perSecond: number;
  readonly cpu: number | undefined;
  readonly p50: number;
  readonly p99: number;
  readonly failures: number;
}

/** A contender, and what it is asked for. */
export interface Entrant {
  readonly contender: Contender;
  readonly target: () => string;
  /** Further lines of each head. */
  readonly fields?: string;
}

/** Runs the contenders in turn, round after round: what disturbs the machine disturbs all of them. */
export async function race(
  contenders: readonly Entrant[],
  { connections, rounds, seconds }: Race,
  progress: (done: number, of: number) => void,
): Promise<Result[]> {
  const laps: Lap[][] = contenders.map(() => []);
  for (const { contender, target, fields } of contenders)
    await load(contender.port, target, { connections, seconds, ...(fields && { fields }) });
  for (let round = 0; round < rounds; round++) {
    for (const [place, { contender, target, fields }] of contenders.entries()) {
      const before = contender.cpu();
      const {
        answers,
        failures,
        seconds: took,
        times,
      } = await load(contender.port, target, {
        connections,
        seconds,
        ...(fields && { fields }),
      });
      const after = contender.cpu();
      const cpu = before === undefined || after === undefined ? undefined : (after - before) / answers;
      const [p50, p99] = [percentile(times, 50), percentile(times, 99)];
      laps[place]?.push({ perSecond: answers / took, cpu, p50, p99, failures });
      progress(round * contenders.length + place + 1, rounds * contenders.length);
    }
  }
  const [ours = []] = laps;
  return contenders.map(({ contender }, place) => {
    const own = laps[place] ?? [];
    const cpus = own.map(({ cpu }, round) => (cpu ?? Number.NaN) / (ours[round]?.cpu ?? Number.NaN));
    return {
      name: contender.name,
      perSecond: median(own.map(({ perSecond }) => perSecond)),
      cpu: own[0]?.cpu === undefined ? undefined : median(own.map(({ cpu }) => cpu ?? 0)),
      ratio: median(own.map(({ perSecond }, round) => (ours[round]?.perSecond ?? 0) / perSecond)),
      p50: median(own.map(({ p50 }) => p50)),
      p99: median(own.map(({ p99 }) => p99)),
      p99Ratio: median(own.map(({ p99 }, round) => (ours[round]?.p99 ?? Number.NaN) / p99)),
      cpuRatio: own[0]?.cpu === undefined ? undefined : median(cpus),
      failures: own.reduce((sum, { failures }) => sum + failures, 0),
    };
  });
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}
