import { arch, cpus, platform } from 'node:os';
import { table } from '../support/table.ts';
import type { Goal } from './goals.ts';
import type { Figure, Result } from './race.ts';

const number = (value: number | undefined, digits = 0) =>
  value === undefined ? '–' : value.toLocaleString('en', { maximumFractionDigits: digits });
const times = (value: number) => (value >= 10 ? value.toFixed(0) : value.toFixed(2));
/** The median, and between what the middle half of the rounds was. */
export const spread = (figure: Figure | undefined): string =>
  figure === undefined ? '–' : `${times(figure.median)}× (${times(figure.lower)}–${times(figure.upper)})`;

/** The results of a race as a Markdown table; the first is what the others are held against. */
export function raceTable(results: readonly Result[]): string {
  const [first] = results;
  const allocates = results.some(({ bytes }) => bytes !== undefined);
  return table(
    [
      '',
      'answers/s',
      'CPU µs/answer',
      ...(allocates ? ['kB/answer'] : []),
      'p50 ms',
      'p99 ms',
      `${first?.name}: answers against it`,
      'its CPU against ours',
    ],
    results.map(({ name, perSecond, cpu, bytes, p50, p99, ratio, cpuRatio }, index) => [
      name,
      number(perSecond),
      number(cpu),
      ...(allocates ? [number(bytes === undefined ? undefined : bytes / 1_000)] : []),
      number(p50, 1),
      number(p99, 1),
      index === 0 ? '' : spread(ratio),
      index === 0 ? '' : spread(cpuRatio),
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
