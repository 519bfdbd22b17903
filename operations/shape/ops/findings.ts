import { type Answered, answerStats } from '#kernel/telemetry/answered.ts';
import type { OpsStatus } from '#schemas/view/server/ops-status.ts';
import type { UpstreamRow } from './upstream-rows.ts';

type Finding = OpsStatus['findings'][number];

/** From where on something hurts; docs/alerts.yml has the same numbers. */
export const LIMITS = {
  /** The share of requests that are refused for the load. */
  refused: 0.01,
  /** The share of its time that the process could not run. */
  lost: 0.1,
  /** The share of complete answers. */
  completeness: 0.97,
  /** The share of exchanges with an upstream that fail. */
  errors: 0.05,
  /** The share of its deadline that the p95 of an operation takes. */
  slow: 0.8,
  /** Parked deliveries. */
  parked: 0,
  /** Milliseconds for which a delivery has been due. */
  overdue: 300_000,
  /** Milliseconds for which the CDN has not confirmed a purge. */
  cdnOverdue: 30_000,
};

/** A share of fewer says nothing. */
const LEAST = 20;

/** That they say no, while starting and draining, is their work. */
const PROBES: readonly string[] = ['getLiveness', 'getReadiness'];

/** What findings are made of. */
interface Counted {
  readonly now: number;
  readonly upstreams: readonly UpstreamRow[];
  readonly tokenless: readonly string[];
  readonly operations: ReadonlyMap<string, Answered>;
  readonly tier?: { readonly state: string } | undefined;
  readonly cdn?: { readonly overdue: number } | undefined;
  readonly inbox: { readonly parked: number; readonly overdue: number } | undefined;
  readonly load: {
    readonly lostShare: number;
    readonly refused: { readonly share: number; readonly of: number };
  };
}

/**
 * Findings, worst first: the store, this process itself, upstreams that are cut off, incomplete answers, and what will
 * only hurt if it goes on.
 */
export function opsFindings(
  { now, upstreams, tokenless, operations, tier, cdn, inbox, load: { refused, lostShare } }: Counted,
  deadlines: ReadonlyMap<string, number>,
): Finding[] {
  const stats = [...operations]
    .filter(([id]) => !PROBES.includes(id))
    .map(([id, counted]) => ({ id, ...answerStats(counted, now) }));
  const isAsked = refused.of >= LEAST;
  const down = upstreams.filter(({ health }) => health === 'open' || health === 'probing');
  const failing = upstreams
    .filter((row) => !down.includes(row) && row.stats.calls >= LEAST)
    .map((row) => ({ about: row.name, value: row.failed / row.stats.calls }));
  return [
    ...when(inbox === undefined, { alert: 'StoreUnreachable', about: 'store', value: 0, limit: 1 }),
    // Before all that follows from it.
    ...when(isAsked && refused.share > LIMITS.refused, finding('Overloaded', 'process', refused.share, LIMITS.refused)),
    ...when(isAsked && lostShare > LIMITS.lost, finding('ProcessBusy', 'process', lostShare, LIMITS.lost)),
    ...down.map(({ name, failed, stats: { calls } }) => finding('UpstreamDown', name, calls && failed / calls, 0)),
    ...tokenless.map((name) => finding('TokenUnavailable', name, 1, 0)),
    ...stats
      .filter(({ whole, partial, failed }) => whole + partial + failed >= LEAST)
      .filter(({ completeness = 1 }) => completeness < LIMITS.completeness)
      .map(({ id, completeness = 1 }) => finding('CompletenessLow', id, completeness, LIMITS.completeness))
      .sort((a, b) => a.value - b.value),
    ...failing
      .filter(({ value }) => value > LIMITS.errors)
      .map(({ about, value }) => finding('UpstreamErrors', about, value, LIMITS.errors))
      .sort((a, b) => b.value - a.value),
    ...stats
      .filter(({ requests }) => requests >= LEAST)
      .map(({ id, p95 = 0 }) => finding('OperationSlow', id, p95 / (deadlines.get(id) ?? Infinity), LIMITS.slow))
      .filter(({ value }) => value > LIMITS.slow)
      .sort((a, b) => b.value - a.value),
    // What is old is shown by it.
    ...when(
      (cdn?.overdue ?? 0) > LIMITS.cdnOverdue,
      finding('CdnPurgeLate', 'cdn', cdn?.overdue ?? 0, LIMITS.cdnOverdue),
    ),
    ...when(tier?.state === 'away', { alert: 'CacheTierAway', about: 'cache tier', value: 0, limit: 1 }),
    ...when((inbox?.parked ?? 0) > LIMITS.parked, finding('InboxParked', 'inbox', inbox?.parked ?? 0, LIMITS.parked)),
    ...when(
      (inbox?.overdue ?? 0) > LIMITS.overdue,
      finding('InboxOverdue', 'inbox', inbox?.overdue ?? 0, LIMITS.overdue),
    ),
  ];
}

const finding = (alert: string, about: string, value: number, limit: number): Finding => ({
  alert,
  about,
  value,
  limit,
});
const when = (applies: boolean, one: Finding): Finding[] => (applies ? [one] : []);
