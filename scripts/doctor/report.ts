import { callHits } from '#kernel/upstream/lane/sources.ts';
import { clock, counted, percent, size, span } from '#operations/shape/ops/words.ts';
import type { OpsStatus } from '#schemas/view/server/ops-status.ts';
import { adviceOn } from './advice.ts';
import { table } from './table.ts';

type Upstream = OpsStatus['upstreams'][number];
type Cache = OpsStatus['caches']['calls'];

const OVERRIDE_WORDS: Readonly<Record<string, string>> = {
  stale: 'old values of',
  open: 'no calls to',
  shed: 'without',
};

/** The status of a server for people: a table of upstreams, one of operations, the rest in a line each, and what to do. */
export function report(url: string, status: OpsStatus): string {
  const { state, since, window, lane, lanes, levers, store, inbox, streams, caches } = status;
  const shown = lane === '' ? 'ordinary traffic' : `scenario ${lane}`;
  const webhooks = inbox ? `inbox ${inbox.waiting} waiting, ${inbox.parked} parked` : 'inbox unknown';
  return [
    `${url}: ${state}. Up since ${clock(Date.parse(since))} UTC; the last ${span(window * 1_000)} of ${shown}.`,
    upstreamTable(status.upstreams),
    lane === '' ? operationTable(status) : 'Operations are counted for ordinary traffic: ask without a lane.',
    [
      `store ${store} · ${webhooks} · ${counted(streams, 'open stream')}`,
      `cache of calls ${cacheWords(caches.calls)} · of answers ${cacheWords(caches.answers)} · ${caches.staleServed} served stale`,
      ...(status.cacheTier ? [tierWords(status.cacheTier)] : []),
      ...(status.cdn ? [cdnWords(status.cdn)] : []),
      ...(levers.length > 0 ? [`overrides: ${levers.map(overrideWords).join(' · ')}`] : []),
      ...(lanes.length > 0 ? [`scenarios played: ${lanes.join(' · ')}`] : []),
    ].join('\n'),
    advice(status),
  ].join('\n\n');
}

function tierWords({ state, hit, miss, outdated, error, skipped, p95 }: NonNullable<OpsStatus['cacheTier']>): string {
  const late = p95 === null ? '' : `, p95 ${span(p95)}`;
  return `shared cache ${state} · ${hit} found, ${miss} not, ${outdated} outdated, ${error} failed, ${skipped} skipped${late}`;
}

function cdnWords({ name, overdue, confirmed, failed, reason }: NonNullable<OpsStatus['cdn']>): string {
  const waits = overdue > 0 ? `a purge waits for ${span(overdue)}` : 'no purge waits';
  return `${name}: ${waits} · ${confirmed} confirmed, ${failed} failed${reason === null ? '' : `: ${reason}`}`;
}

function upstreamTable(upstreams: readonly Upstream[]): string {
  const headings = ['Upstream', 'Mode', 'State', 'Calls', 'p50', 'p95', 'Errors', 'Breaker', 'From cache', 'Last good'];
  return table(
    headings,
    upstreams.map(({ name, mode, state, calls, p50, p95, failures, breaker, answeredBy, lastGood }) => [
      name,
      mode,
      state === 'no-traffic' ? 'no traffic' : state,
      String(calls),
      spanOr(p50),
      spanOr(p95),
      failures.map(({ reason, count }) => `${reason} ${count}`).join(', ') || '–',
      breakerWords(breaker),
      hitRatio(callHits({ ...answeredBy, shared: answeredBy.shared ?? 0 })),
      lastGood === null ? '–' : `${clock(Date.parse(lastGood))} UTC`,
    ]),
  );
}

function operationTable({ operations }: OpsStatus): string {
  const asked = operations.filter(({ requests }) => requests > 0);
  if (asked.length === 0) return 'No operation was asked for: no traffic.';
  const rows = [...asked].sort((a, b) => (a.completeness ?? 2) - (b.completeness ?? 2) || b.requests - a.requests);
  return table(
    ['Operation', 'Whole', 'Requests', 'Partial', 'Failed', 'Refused', 'p95', 'Deadline'],
    rows.map(({ id, requests, whole, partial, failed, refused, p95, deadline }) => [
      id,
      percent(whole, whole + partial + failed),
      ...[requests, partial, failed, refused].map(String),
      spanOr(p95),
      span(deadline),
    ]),
  );
}

function advice(status: OpsStatus): string {
  if (status.findings.length === 0) return 'Nothing hurts.';
  const items = status.findings.map((finding, index) => {
    const { says, todo } = adviceOn(finding, status);
    return `${index + 1}. ${says}\n   ${todo}\n   docs/runbook.md#${finding.alert.toLowerCase()}`;
  });
  return `What to do, worst first:\n${items.join('\n')}`;
}

function breakerWords({ state, since, probeIn }: Upstream['breaker']): string {
  if (since === null) return state;
  const next = probeIn === null ? '' : `, probe in ${span(probeIn)}`;
  return `${state} since ${clock(Date.parse(since))}${next}`;
}

const overrideWords = ({ kind, on, until }: OpsStatus['levers'][number]) =>
  `${OVERRIDE_WORDS[kind] ?? kind} ${on} until ${clock(Date.parse(until))} UTC`;
const spanOr = (milliseconds: number | null) => (milliseconds === null ? '–' : span(milliseconds));
const hitRatio = ({ hits, of }: { readonly hits: number; readonly of: number }) => percent(hits, of);
const cacheWords = ({ entries, bytes, maxBytes, ...ratio }: Cache) =>
  `${entries} in ${size(bytes)} of ${size(maxBytes)}, hits ${hitRatio(ratio)}`;
