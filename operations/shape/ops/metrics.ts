import { Counter, Gauge, Registry } from 'prom-client';
import { LOAD_CLASSES } from '#kernel/base/load/load.ts';
import { quantile } from '#kernel/base/time/histogram.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { answerStats, OUTCOMES } from '#kernel/telemetry/answered.ts';
import { SOURCES } from '#kernel/upstream/lane/sources.ts';
import type { OpsFigures } from '../../parts/ops-figures.ts';
import { histogramMetric } from './histogram.ts';

type Labels = Readonly<Record<string, string>>;
/** One value under its labels; undefined where there is nothing to measure, which is no zero. */
type Sample = readonly [Labels, number | undefined];

const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;
const OVERRIDE_KINDS = ['stale', 'open', 'shed'] as const;
const SECONDS = 1 / 1_000;

/** Of what each worker of a host has for itself, all have the sum; of the rest the worst counts, and of what is up the least. */
const SUMMED = /_(?:load_limit|load_under_way|cache_entries|cache_bytes|cache_max_bytes|streams_open)$/;
const overWorkers = (name: string) => (SUMMED.test(name) ? 'sum' : name.endsWith('_up') ? 'min' : 'max');

/**
 * The figures of a process as Prometheus reads them. The counts exist already; each scrape writes them down anew, so
 * nothing here slows a request. Labels are of our own contracts and configuration, so that there are few.
 */
export function opsMetrics(figures: OpsFigures, offered: readonly Operation[]): Registry {
  const registry = new Registry();
  const gauge = (name: string, help: string, samples: readonly Sample[]) => {
    const metric = new Gauge({
      name,
      help,
      labelNames: namesIn(samples),
      registers: [registry],
      aggregator: overWorkers(name),
    });
    for (const [labels, value] of samples) if (value !== undefined) metric.set(labels, value);
  };
  const counter = (name: string, help: string, samples: readonly Sample[]) => {
    const metric = new Counter({ name, help, labelNames: namesIn(samples), registers: [registry] });
    for (const [labels, value] of samples) if (value !== undefined) metric.inc(labels, value);
  };
  const { upstreams, tokenless, operations, now, caches, inbox } = figures;

  const ofUpstreams = (value: (row: (typeof upstreams)[number]) => number | undefined): Sample[] =>
    upstreams.map((row) => [{ upstream: row.name }, value(row)]);
  counter(
    'tributary_upstream_exchanges_total',
    'Exchanges with an upstream',
    ofUpstreams(({ calls }) => calls),
  );
  counter(
    'tributary_upstream_failures_total',
    'Exchanges that came to nothing, and answers that did not fit their schema, by reason',
    upstreams.flatMap(({ name, failures }) =>
      [...failures].map(([reason, { count }]): Sample => [{ upstream: name, reason }, count]),
    ),
  );
  counter(
    'tributary_upstream_calls_total',
    'Calls by what answered them: the cache (hit, stale, spare), the cache that instances share (shared), another request’s flight (coalesced), or the upstream',
    upstreams.flatMap(({ name, sources: { total } }) =>
      SOURCES.map((source): Sample => [{ upstream: name, source }, total[source]]),
    ),
  );
  gauge(
    'tributary_upstream_breaker_state',
    '1 for the state that the breaker of an upstream is in, 0 for the others',
    upstreams.flatMap(({ name, breaker }) =>
      BREAKER_STATES.map((state): Sample => [{ upstream: name, state }, state === breaker ? 1 : 0]),
    ),
  );
  gauge(
    'tributary_upstream_token_missing',
    '1 where no token of ours is to be had for an upstream that wants one',
    ofUpstreams(({ name }) => Number(tokenless.includes(name))),
  );
  gauge(
    'tributary_upstream_duration_p95_seconds',
    'p95 of the exchanges of the last 15 minutes; not there without traffic',
    ofUpstreams(({ stats: { p95 } }) => p95 && p95 * SECONDS),
  );
  registry.registerMetric(
    histogramMetric(
      { name: 'tributary_upstream_attempt_duration_seconds', help: 'How long single attempts at an upstream took' },
      upstreams.filter(({ calls }) => calls > 0).map(({ name, attempts }) => [{ upstream: name }, attempts]),
    ),
  );
  gauge(
    'tributary_upstream_last_good_timestamp_seconds',
    'When an exchange went well last',
    ofUpstreams(({ lastGood }) => lastGood && lastGood * SECONDS),
  );
  gauge(
    'tributary_upstream_mocked',
    '1 where a mock stands in',
    ofUpstreams(({ mocked }) => Number(mocked)),
  );

  const asked = [...operations].map(([operation, counted]) => ({
    operation,
    counted,
    stats: answerStats(counted, now),
  }));
  counter(
    'tributary_answers_total',
    'Answers by how they were: whole, partial, failed, or refused for what the client did',
    asked.flatMap(({ operation, counted }) =>
      OUTCOMES.map((outcome): Sample => [{ operation, outcome }, counted.total[outcome]]),
    ),
  );
  gauge(
    'tributary_answer_duration_p95_seconds',
    'p95 of the answers of the last 15 minutes; not there without requests',
    asked.map(({ operation, stats: { p95 } }) => [{ operation }, p95 && p95 * SECONDS]),
  );
  registry.registerMetric(
    histogramMetric(
      { name: 'tributary_answer_duration_seconds', help: 'How long answers took' },
      asked.map(({ operation, counted }) => [{ operation }, counted.durations]),
    ),
  );
  gauge(
    'tributary_answer_deadline_seconds',
    'How long an operation may take by its contract',
    offered.map(({ contract: { id, deadline } }) => [{ operation: id }, deadline * SECONDS]),
  );

  const { load } = figures;
  counter(
    'tributary_load_requests_total',
    'Requests by class: admitted, or refused since there was more to do than can be done',
    LOAD_CLASSES.flatMap((name): Sample[] => [
      [{ class: name, outcome: 'admitted' }, load.counts[name].admitted],
      [{ class: name, outcome: 'refused' }, load.counts[name].refused],
    ]),
  );
  gauge('tributary_load_limit', 'How many requests this process works on at most', [[{}, load.limit]]);
  gauge('tributary_load_under_way', 'On how many it does', [[{}, load.underWay]]);
  counter('tributary_load_sections_left_out_total', 'Optional sections left out for the load', [[{}, load.leftOut]]);
  counter('tributary_process_lost_seconds_total', 'Time in which this process had work and could not run', [
    [{}, load.lost * SECONDS],
  ]);
  gauge('tributary_event_loop_delay_seconds', 'How late the event loop is of late: the median of its last beats', [
    [{}, load.loopDelay * SECONDS],
  ]);

  const inCaches = (value: (name: 'calls' | 'answers') => number): Sample[] =>
    (['calls', 'answers'] as const).map((cache) => [{ cache }, value(cache)]);
  gauge(
    'tributary_cache_entries',
    'What a cache keeps',
    inCaches((name) => caches[name].entries),
  );
  gauge(
    'tributary_cache_bytes',
    'How much that is',
    inCaches((name) => caches[name].bytes),
  );
  gauge(
    'tributary_cache_max_bytes',
    'How much it may be',
    inCaches((name) => caches[name].maxBytes),
  );
  const ofAnswers = (name: 'cached' | 'cacheable') => asked.reduce((sum, { counted }) => sum + counted.total[name], 0);
  counter('tributary_answer_cache_hits_total', 'Answers that the cache of answers gave', [[{}, ofAnswers('cached')]]);
  counter('tributary_answer_cache_requests_total', 'Answers that it could have given', [[{}, ofAnswers('cacheable')]]);

  const { tier } = figures;
  if (tier !== undefined) {
    const { reads, writes, waits, seconds, answers, durations } = tier.figures;
    const p95 = quantile(durations, 0.95);
    gauge('tributary_cache_tier_up', '1 where the shared cache answers', [[{}, tier.state === 'away' ? 0 : 1]]);
    counter('tributary_cache_tier_reads_total', 'Looks into the shared cache, by what they came to', outcomes(reads));
    counter('tributary_cache_tier_writes_total', 'Values for it, by what became of them', outcomes(writes));
    counter(
      'tributary_cache_tier_waits_total',
      'Waits for a value that another instance was fetching',
      outcomes(waits),
    );
    counter('tributary_cache_tier_answers_total', 'Its answers', [[{}, answers]]);
    counter('tributary_cache_tier_answer_seconds_total', 'How long they took in all', [[{}, seconds]]);
    gauge('tributary_cache_tier_duration_p95_seconds', 'p95 of its answers since the process began', [
      [{}, p95 && p95 * SECONDS],
    ]);
  }

  const { cdn } = figures;
  if (cdn !== undefined) {
    gauge('tributary_cdn_purge_overdue_seconds', 'How long a purge has waited for the CDN to confirm it', [
      [{}, cdn.overdue * SECONDS],
    ]);
    counter('tributary_cdn_purges_total', 'Turns of this instance at the API of the CDN, by what came of them', [
      [{ outcome: 'confirmed' }, cdn.confirmed],
      [{ outcome: 'failed' }, cdn.failed],
    ]);
  }

  gauge('tributary_store_up', '1 where the store can be reached', [[{}, inbox ? 1 : 0]]);
  gauge('tributary_inbox_deliveries', 'Webhooks that wait, or are parked', [
    [{ state: 'waiting' }, inbox?.waiting],
    [{ state: 'parked' }, inbox?.parked],
  ]);
  gauge('tributary_inbox_overdue_seconds', 'How long the first webhook that waits has been due', [
    [{}, inbox && inbox.overdue * SECONDS],
  ]);
  gauge('tributary_streams_open', 'Event streams that are open', [[{}, figures.streams]]);
  gauge(
    'tributary_levers_pulled',
    'Active overrides, by kind: old values stand in (stale), a breaker is held open, a part is shed',
    OVERRIDE_KINDS.map((kind) => [{ kind }, figures.overrides.filter((override) => override.kind === kind).length]),
  );
  counter('tributary_traces_exported_total', 'Traces that the collector has taken', [[{}, figures.outbox.exported]]);
  counter(
    'tributary_traces_lost_total',
    'Traces that were to be exported: the queue was full, or the collector failed',
    [
      [{ reason: 'full' }, figures.outbox.lost.full],
      [{ reason: 'failed' }, figures.outbox.lost.failed],
    ],
  );
  gauge('tributary_scenario_lanes', 'Lanes of scenarios in use', [[{}, figures.lanes.length]]);
  return registry;
}

const outcomes = (counts: Readonly<Record<string, number>>): Sample[] =>
  Object.entries(counts).map(([outcome, count]) => [{ outcome }, count]);
const namesIn = (samples: readonly Sample[]): string[] => Object.keys(samples[0]?.[0] ?? {});
