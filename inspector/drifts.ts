import type { Lane } from '#kernel/base/lane.ts';
import { type Harm, harmOf } from '#kernel/telemetry/harm.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import type { Drift } from '#kernel/upstream/lane/drift.ts';
import type { LaneState } from '#kernel/upstream/lane/state.ts';
import { clock, times } from '#operations/shape/ops/words.ts';
import { laneName } from './lanes.ts';

/** One drift in one lane, and the operations that it has affected. */
export interface DriftRow {
  readonly lane: Lane;
  readonly drift: Drift;
  /** Empty for a member that our schema does not have: it is not used. */
  readonly harm: readonly Harm[];
}

/** The ledgers of all lanes in two: what broke our schemas, and what they do not know yet. The newest come first. */
export function driftRows(
  lanes: readonly Pick<LaneState, 'name' | 'ledger'>[],
  traces: readonly RequestTrace[],
): { readonly broken: DriftRow[]; readonly unknown: DriftRow[] } {
  const rows = lanes.flatMap(({ name: lane, ledger }) => {
    const inLane = traces.filter((trace) => trace.lane === lane);
    return [...ledger.values()].map((drift) => ({ lane, drift, harm: isUnknown(drift) ? [] : harmed(inLane, drift) }));
  });
  rows.sort((a, b) => b.drift.last - a.drift.last);
  return {
    broken: rows.filter(({ drift }) => !isUnknown(drift)),
    unknown: rows.filter(({ drift }) => isUnknown(drift)),
  };
}

const isUnknown = ({ expected }: Drift) => expected === 'nothing';

const harmed = (traces: readonly RequestTrace[], { upstream, call }: Drift): Harm[] =>
  harmOf(traces, (made) => made.upstream === upstream && made.call === call && made.outcome === 'contract');

/** `amountMinor: expected number, got string, 12 times, since 10:42 UTC` */
export function sentence({ path, expected, actual, count, first }: Drift): string {
  const what = isUnknown({ expected } as Drift)
    ? `not in our schema, a ${actual}`
    : `expected ${expected}, got ${actual}`;
  return `${path || 'the whole answer'}: ${what}, ${times(count)}, since ${clock(first)} UTC`;
}

/** What the harm was, for people: `getProduct: price was stale, 3 times`. */
export function harmSentence({ operation, section, how, count }: Harm): string {
  if (how === 'failed') return `${operation}: no answer at all, ${times(count)}`;
  return how === 'covered'
    ? `${operation}: ${section} was tried, ${times(count)}`
    : `${operation}: ${section} was ${HOW[how]}, ${times(count)}`;
}

const HOW = { pending: 'still coming', stale: 'old', fallback: 'its fallback', missing: 'missing' } as const;

/** A ticket for the team that owns the upstream, in Markdown. */
export function ticket({ lane, drift, harm }: DriftRow): string {
  const { upstream, call, path, expected, actual, sample, count, first, last } = drift;
  const lines = [
    `## ${upstream}: \`${path || 'the whole answer'}\` is not what it was`,
    '',
    `- **Call**: \`${call}\``,
    `- **Expected**: ${expected}`,
    `- **Got**: ${actual}${sample === '' ? '' : `, such as \`${sample.replaceAll('`', "'")}\` (letters are x, digits 9)`}`,
    `- **Seen**: ${times(count)}, first ${new Date(first).toISOString()}, last ${new Date(last).toISOString()}`,
    ...(lane === '' ? [] : [`- **Where**: under the scenario \`${laneName(lane)}\`, not in everyday traffic`]),
  ];
  if (harm.length > 0) lines.push('', 'What it broke here:', '', ...harm.map((one) => `- ${harmSentence(one)}`));
  return `${lines.join('\n')}\n`;
}
