import { LOAD_CLASSES } from '#kernel/base/load/load.ts';
import { quantile } from '#kernel/base/time/histogram.ts';
import { SLICE, SLICES } from '#kernel/base/time/window.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { targetName } from '#kernel/state/override.ts';
import { answerHits, answerStats, type Ratio } from '#kernel/telemetry/answered.ts';
import { harmOf, isHurt } from '#kernel/telemetry/harm.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import { callHits, sourceTotals } from '#kernel/upstream/lane/sources.ts';
import type { OpsStatus } from '#schemas/view/server/ops-status.ts';
import type { CdnState, Fill, LoadFigures, OpsFigures, TierState } from '../../parts/ops-figures.ts';
import { opsFindings } from './findings.ts';
import { purgeName } from './purge-receipt.ts';
import type { Health, UpstreamRow } from './upstream-rows.ts';

const STATES: Readonly<Record<Health, string>> = {
  held: 'held',
  open: 'down',
  probing: 'down',
  failing: 'degraded',
  well: 'healthy',
  quiet: 'no-traffic',
};

/** The figures of a process as scripts read them. */
export function toOpsStatus(figures: OpsFigures, offered: readonly Operation[]): OpsStatus {
  const { now, wall, lane, upstreams, inbox, caches, traces } = figures;
  const deadlines = new Map(offered.map(({ contract: { id, deadline } }) => [id, deadline]));
  const findings = opsFindings(figures, deadlines);
  const sources = sourceTotals(
    upstreams.map((row) => row.sources),
    now,
  );
  return {
    state: findings.length === 0 ? 'well' : 'hurting',
    at: iso(wall),
    since: iso(wall - now),
    window: (SLICE * SLICES) / 1_000,
    lane: lane.name,
    findings,
    load: toLoad(figures.load),
    upstreams: upstreams.map((row) => toUpstream(row, figures, traces)),
    operations: offered.flatMap((operation) => toOperation(operation, figures)),
    caches: {
      calls: toCache(caches.calls, callHits(sources)),
      answers: toCache(caches.answers, answerHits(now)),
      staleServed: sources.stale + sources.spare,
    },
    ...(figures.tier && { cacheTier: toTier(figures.tier) }),
    ...(figures.cdn && { cdn: toCdn(figures.cdn) }),
    ...(figures.lastPurge && {
      lastPurge: { id: purgeName(figures.lastPurge.id), at: iso(figures.lastPurge.at) },
    }),
    store: inbox === undefined ? 'local only' : 'reachable',
    inbox: inbox ?? null,
    streams: figures.streams,
    lanes: [...figures.lanes],
    levers: figures.overrides.map((override) => ({
      kind: override.kind,
      on: targetName(override),
      until: iso(override.until),
    })),
  };
}

const toLoad = ({ counts, refused, leftOut, loopDelay, lost, lostShare, limit, underWay }: LoadFigures) => ({
  limit,
  underWay,
  loopDelay: Math.round(loopDelay),
  lost: Math.round(lost),
  lostShare,
  refusedShare: refused.share,
  classes: LOAD_CLASSES.map((name) => ({ name, ...counts[name] })),
  sectionsLeftOut: leftOut,
});

function toUpstream(
  row: UpstreamRow,
  { now }: OpsFigures,
  traces: readonly RequestTrace[],
): OpsStatus['upstreams'][number] {
  const { name, host, mocked, health, stats, breaker, since, probeIn, lastGood, sources } = row;
  const harm = harmOf(traces, (call) => call.upstream === name && isHurt(call));
  return {
    name,
    host,
    mode: mocked ? 'mocked' : 'live',
    state: STATES[health],
    calls: stats.calls,
    failures: [...stats.failures].map(([reason, count]) => ({ reason, count })),
    p50: rounded(stats.p50),
    p95: rounded(stats.p95),
    breaker: { state: breaker, since: since === undefined ? null : iso(since), probeIn: probeIn ?? null },
    lastGood: lastGood === undefined ? null : iso(lastGood),
    answeredBy: sourceTotals([sources], now),
    harm: harm.map(({ operation, section, how, count }) => ({ operation, section, how, answers: count })),
  };
}

function toOperation({ contract, route }: Operation, { now, operations }: OpsFigures): OpsStatus['operations'] {
  const { id, deadline } = contract;
  const answers = operations.get(id);
  if (answers === undefined) return [];
  const { requests, whole, partial, failed, refused, completeness = null, p50, p95 } = answerStats(answers, now);
  const counted = { requests, whole, partial, failed, refused, completeness };
  const shown = `${route.method} ${route.template}`;
  return [{ id, route: shown, ...counted, p50: rounded(p50), p95: rounded(p95), deadline }];
}

const toTier = ({ state, figures: { reads, durations } }: TierState) => ({
  state,
  ...reads,
  p95: rounded(quantile(durations, 0.95)),
});
const toCdn = ({ name, overdue, confirmed, failed, reason }: CdnState) => ({
  name,
  overdue,
  confirmed,
  failed,
  reason: reason ?? null,
});
const toCache = (fill: Fill, { hits, of }: Ratio) => ({ ...fill, hits, of, hitRatio: of === 0 ? null : hits / of });
/** Bins are 19 % wide: differences below a tenth of a millisecond mean nothing. */
const rounded = (milliseconds: number | undefined) =>
  milliseconds === undefined ? null : Math.round(milliseconds * 10) / 10;
const iso = (at: number) => new Date(at).toISOString();
