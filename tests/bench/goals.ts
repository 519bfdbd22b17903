import { percentile } from '../support/percentile.ts';
import type { Added } from './measures/latency.ts';
import type { Memory } from './measures/memory.ts';
import type { Figure, Race, Result } from './race.ts';
import { spread } from './report.ts';

/** A figure that the project set itself. */
export interface Goal {
  readonly what: string;
  readonly wanted: string;
  readonly seen: string;
  readonly reached: boolean;
}

/** All that a run of the benchmark has measured. */
export interface Figures {
  readonly rules: Race;
  readonly against: string | undefined;
  readonly keys: number;
  readonly cached: readonly Result[];
  readonly five: readonly Result[];
  readonly growth: readonly Result[];
  readonly page: readonly Result[];
  readonly personal: readonly Result[];
  readonly added: Added;
  readonly memory: Memory;
}

const MIB = 1024 * 1024;

export function goalsOf(figures: Figures): Goal[] {
  const { rules, keys, cached, five, growth, page, personal, added, memory } = figures;
  const peer = (results: readonly Result[], name: string | undefined) => results.find((result) => result.name === name);
  const faster = (what: string, results: readonly Result[], name: string, wanted: number) =>
    atLeast(`${what}, answers of the lean host against ${name}`, peer(results, name)?.ratio, wanted);
  const cheaper = (what: string, results: readonly Result[], wanted: number) => {
    const { cpuRatio } = peer(results, figures.against) ?? {};
    return cpuRatio === undefined
      ? []
      : [atMost(`${what}, CPU of an answer against ${figures.against}`, inverse(cpuRatio), wanted)];
  };
  const [ours] = five;
  const old = peer(five, figures.against);
  return [
    ...cheaper('five calls', five, 0.5),
    faster('five calls', five, 'undici by hand', 0.45),
    faster('five calls', five, 'Fastify with ky', 3),
    ...cheaper('the shop’s product page, cold', page, 0.5),
    ...cheaper('a customer’s account', personal, 0.6),
    faster('cached', cached, 'bare node:http', 0.95),
    faster('cached', cached, 'next start', 20),
    ...(old?.bytes === undefined || ours?.bytes === undefined
      ? []
      : [atMost(`five calls, bytes of an answer against ${old.name}`, exactly(ours.bytes / old.bytes), 0.5)]),
    atMost('forty calls an answer, CPU against five calls', growth.at(-1)?.cpuRatio, 8),
    atMost(
      `five calls over ${rules.connections} connections, p99 of the lean host against undici by hand`,
      peer(five, 'undici by hand')?.p99Ratio,
      2.5,
    ),
    ...[
      [50, 1.2],
      [99, 4],
    ].map(([percent = 0, wanted = 0]) => {
      const seen = percentile(added.through, percent) - percentile(added.slowest, percent);
      const what = `added to the slowest upstream at 50 requests/s, p${percent}`;
      return { what, wanted: `≤ ${wanted} ms`, seen: `${seen.toFixed(2)} ms`, reached: seen <= wanted };
    }),
    memoryGoal(memory, keys),
  ];
}

function memoryGoal({ most, start }: Memory, keys: number): Goal {
  const grown = (most - start) / MIB;
  return {
    what: `memory while ${keys.toLocaleString('en')} keys pass a cache of 64 MiB`,
    wanted: '≤ 110 MiB more',
    seen: `${grown.toFixed(0)} MiB more`,
    reached: grown <= 110,
  };
}

const atLeast = (what: string, seen: Figure | undefined, wanted: number): Goal => ({
  what,
  wanted: `≥ ${wanted}×`,
  seen: spread(seen),
  reached: (seen?.median ?? 0) >= wanted,
});

const atMost = (what: string, seen: Figure | undefined, wanted: number): Goal => ({
  what,
  wanted: `≤ ${wanted}×`,
  seen: spread(seen),
  reached: (seen?.median ?? Number.POSITIVE_INFINITY) <= wanted,
});

const exactly = (value: number): Figure => ({ median: value, lower: value, upper: value });
const inverse = ({ median, lower, upper }: Figure): Figure => ({
  median: 1 / median,
  lower: 1 / upper,
  upper: 1 / lower,
});
