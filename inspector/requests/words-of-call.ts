import type { CallTrace } from '#kernel/telemetry/trace.ts';
import { span } from '#operations/shape/ops/words.ts';
import type { Bar } from './waterfall.ts';

/** Why a call was answered from where it was. */
export function cacheWords({ cache, age, joined, wire, call }: CallTrace): string {
  const old = age === undefined ? '' : `${span(age)} old`;
  switch (cache) {
    case 'hit':
      return `fresh, ${old}`;
    case 'stale':
      return `${old}: served at once, fetched anew behind it`;
    case 'shared':
      return `another instance had fetched it, ${old}`;
    case 'spare':
      return `its upstream failed: a value ${old} stands in`;
    case 'coalesced':
      return `joined what ${wire ? `${wire.owner} had` : 'another request had'} begun ${span(joined ?? 0)} before`;
    case 'miss':
      return wire?.unstored === undefined
        ? 'nothing kept of it'
        : `nothing kept of it: its upstream says ${wire.unstored}`;
    case 'uncached':
      return /^(?:POST|PUT|PATCH|DELETE) /.test(call) ? 'a write is never cached' : 'it has no cache policy';
  }
}

/** How often it was tried, and what came of each try that was not the last. */
export function attemptWords({ wire }: CallTrace): string {
  if (wire === undefined) return 'none';
  if (wire.attempts === 0) return 'not sent';
  const tries = wire.tries.map(({ outcome, took }) => `${outcome || 'on its way'} after ${span(took)}`);
  const batched = wire.batched > 1 ? `, ${wire.batched} items in one request` : '';
  return `${wire.attempts}: ${tries.join(', then ')}${batched}`;
}

/** `: queue 1.0 ms, send 50 ms, read 0.2 ms, parse 1.1 ms`, without parts too short to matter. */
export function segmentWords({ segments }: Bar): string {
  const spent = new Map<string, number>();
  for (const { kind, start, end } of segments) spent.set(kind, (spent.get(kind) ?? 0) + end - start);
  const significant = [...spent].filter(([kind, time]) => kind !== 'cache' && time >= 0.05);
  return significant.length === 0 ? '' : `: ${significant.map(([kind, time]) => `${kind} ${span(time)}`).join(', ')}`;
}
