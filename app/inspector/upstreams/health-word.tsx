import type { Health, UpstreamRow } from '#operations/shape/ops/upstream-rows.ts';
import { clock, span } from '#operations/shape/ops/words.ts';

const WORDS: Readonly<Record<Health, string>> = {
  held: 'Held open',
  open: 'Open',
  probing: 'Probing',
  failing: 'Failing',
  well: 'Well',
  quiet: 'Quiet',
};
const SHAPES: Readonly<Record<Health, string>> = {
  held: '■',
  open: '■',
  probing: '◩',
  failing: '▲',
  well: '●',
  quiet: '○',
};

/** How an upstream is, in shape, word and colour. */
export function HealthWord({ health }: { health: Health }) {
  return (
    <span className="health" data-health={health}>
      <span aria-hidden="true">{SHAPES[health]}</span> {WORDS[health]}
    </span>
  );
}

/** Since when, and what comes next. */
export function healthNote({ health, isolated, since, probeIn, failed, stats, idle, calls }: UpstreamRow): string {
  const from = since === undefined ? '' : `since ${clock(since)} UTC`;
  if (isolated !== undefined) return `by an override, for ${span(isolated)} more`;
  if (health === 'open') return `${from}, ${probeIn ? `next probe in ${span(probeIn)}` : 'the next call is a probe'}`;
  if (health === 'probing') return `${from}, the next calls decide`;
  if (health === 'failing') return `${failed} of ${stats.calls} failed`;
  if (health === 'well') return 'no failure in 15 min';
  if (calls === 0) return 'never called since the start';
  return `no traffic for ${idle === undefined ? '15 min or more' : span(idle)}`;
}
