import type { CallErrorReason } from '#kernel/base/call-error.ts';
import type { Histogram } from '#kernel/base/time/histogram.ts';
import { SLICE, SLICES } from '#kernel/base/time/window.ts';
import { isolatedFor } from '#kernel/state/overrides.ts';
import { retriesLeft } from '#kernel/upstream/exchange/retry.ts';
import type { Sources } from '#kernel/upstream/lane/sources.ts';
import { createUpstreamState, type LaneState, type UpstreamState } from '#kernel/upstream/lane/state.ts';
import { type Failures, slicesOf, type TrafficStats, trafficStats } from '#kernel/upstream/lane/traffic.ts';
import type { Breaker } from '#kernel/upstream/resilience/breaker.ts';

/** After so long without calls an upstream counts as quiet: its health is unknown. Milliseconds. */
const QUIET = 10 * 60_000;

/** An upstream's health, worst first: `held` open by an override; a `quiet` one is unknown. */
export type Health = 'held' | 'open' | 'probing' | 'failing' | 'well' | 'quiet';

/** One upstream in one lane. Times are milliseconds; moments are on the wall clock. */
export interface UpstreamRow {
  readonly name: string;
  readonly host: string;
  readonly mocked: boolean;
  readonly health: Health;
  readonly breaker: Breaker['state'];
  /** Since when its breaker is not closed. */
  readonly since: number | undefined;
  /** Until the breaker lets a probe through. */
  readonly probeIn: number | undefined;
  /** For how long an override still isolates it. */
  readonly isolated: number | undefined;
  /** How many retries the last ten seconds leave. */
  readonly retriesLeft: number;
  /** Since its last call; undefined where there was none in the last quarter of an hour. */
  readonly idle: number | undefined;
  /** Calls since the process began. */
  readonly calls: number;
  readonly stats: TrafficStats;
  readonly slices: readonly (TrafficStats | undefined)[];
  readonly failed: number;
  readonly failures: ReadonlyMap<CallErrorReason, Failures>;
  readonly lastGood: number | undefined;
  readonly sources: Sources;
  /** How long single attempts took, since the process began. */
  readonly attempts: Histogram;
  /** On the wire, and waiting for a permit. */
  readonly active: number;
  readonly queued: number;
}

interface Address {
  readonly url: string;
  readonly mocked: boolean;
}

const WORST_FIRST: readonly Health[] = ['held', 'open', 'probing', 'failing', 'well', 'quiet'];

/** All upstreams as they fare in a lane, sorted by harm. `now` is monotonic, `wall` the same moment on the wall clock. */
export function upstreamRows(
  addresses: Readonly<Record<string, Address>>,
  { upstreams, overrides }: Pick<LaneState, 'upstreams' | 'overrides'>,
  now: number,
  wall: number,
): UpstreamRow[] {
  const rows = Object.entries(addresses).map(([name, { url, mocked }]) => {
    const about = { name, host: new URL(url).host, mocked };
    return rowOf(about, upstreams.get(name) ?? createUpstreamState(), isolatedFor(overrides, name), { now, wall });
  });
  const rank = ({ health }: UpstreamRow) => WORST_FIRST.indexOf(health);
  return rows.sort((a, b) => rank(a) - rank(b) || shareFailed(b) - shareFailed(a) || (a.name < b.name ? -1 : 1));
}

const shareFailed = ({ failed, stats }: UpstreamRow) => failed / Math.max(1, stats.calls);

function rowOf(
  about: Pick<UpstreamRow, 'name' | 'host' | 'mocked'>,
  state: UpstreamState,
  isolated: number | undefined,
  { now, wall }: { readonly now: number; readonly wall: number },
): UpstreamRow {
  const { breaker, bulkhead, budget, traffic, sources, attempts } = state;
  const stats = trafficStats(traffic, now);
  const slices = slicesOf(traffic, now);
  const failed = [...stats.failures.values()].reduce((sum, count) => sum + count, 0);
  const last = slices.findLastIndex((slice) => slice !== undefined);
  const idle = last < 0 ? undefined : (SLICES - 1 - last) * SLICE;
  const closed = breaker.state === 'closed';
  return {
    ...about,
    health: isolated === undefined ? healthOf(breaker, idle, failed) : 'held',
    breaker: breaker.state,
    since: closed ? undefined : wall - (now - breaker.openedAt),
    probeIn: breaker.state === 'open' ? Math.max(0, breaker.openUntil - now) : undefined,
    isolated,
    retriesLeft: retriesLeft(budget, now),
    idle,
    calls: traffic.calls,
    stats,
    slices,
    failed,
    failures: traffic.failures,
    lastGood: traffic.lastGood,
    sources,
    attempts,
    active: bulkhead.active,
    queued: bulkhead.queue.size,
  };
}

function healthOf({ state }: Breaker, idle: number | undefined, failed: number): Health {
  if (state !== 'closed') return state === 'open' ? 'open' : 'probing';
  if (idle === undefined || idle >= QUIET) return 'quiet';
  return failed > 0 ? 'failing' : 'well';
}
