import { arch, cpus, platform } from 'node:os';
import { table } from '../support/table.ts';
import type { Result } from './race.ts';

/** A figure that the project set itself. */
export interface Goal {
  readonly what: string;
  readonly wanted: string;
  readonly seen: string;
  readonly reached: boolean;
}

const number = (value: number | undefined, digits = 0) =>
  value === undefined ? '–' : value.toLocaleString('en', { maximumFractionDigits: digits });
const ratio = (value: number | undefined) =>
  value === undefined ? '–' : `${value >= 10 ? value.toFixed(0) : value.toFixed(2)}×`;

/** The results of a race as a Markdown table; the first is what the others are held against. */
export function raceTable(results: readonly Result[]): string {
  const [first] = results;
  return table(
    [
      '',
      'answers/s',
      'CPU µs/answer',
      'p50 ms',
      'p99 ms',
      `${first?.name}: answers against it`,
      'its CPU against ours',
    ],
    results.map(({ name, perSecond, cpu, p50, p99, ratio: times, cpuRatio }, place) => [
      name,
      number(perSecond),
      number(cpu),
      number(p50, 1),
      number(p99, 1),
      place === 0 ? '' : ratio(times),
      place === 0 ? '' : ratio(cpuRatio),
    ]),
  );
}

export function goalTable(goals: readonly Goal[]): string {
  return table(
    ['goal', 'wanted', 'seen', ''],
    goals.map(({ what, wanted, seen, reached }) => [what, wanted, seen, reached ? 'reached' : '**not reached**']),
  );
}

/** Where it ran. */
export function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} cores (${cpu?.model.trim()}), ${platform()} ${arch()}, Node ${process.versions.node}`;
}
