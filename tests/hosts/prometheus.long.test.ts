import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Collector, startCollector } from '#tests/support/collector.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { type Prometheus, startPrometheus } from '#tests/support/prometheus.ts';
import { sharedMocks } from '#tests/support/shared-host.ts';

const RULES = join(import.meta.dirname, '../../docs/alerts.yml');
/** Series of one scrape: operations, upstreams and buckets are ours to count, and no client adds to them. */
const MOST_SERIES = 2_500;

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const QUERIES = (
  JSON.parse(readFileSync('deploy/grafana/tributary.json', 'utf8')) as { panels: Panel[] }
).panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({
    title,
    expr: expr.replaceAll('$__rate_interval', '10s').replaceAll(/"\$\w+"/g, '".*"'),
  })),
);

describe.skipIf(isSkipped('prometheus'))(`a real Prometheus${skipNote('prometheus')}`, () => {
  let collector: Collector;
  let broken: Server;
  let hosts: Running[];
  let prometheus: Prometheus;

  beforeAll(async () => {
    collector = await startCollector();
    broken = createServer((_, response) => response.writeHead(500).end()).listen(0, '127.0.0.1');
    await new Promise((resolve) => broken.once('listening', resolve));
    const { port } = broken.address() as AddressInfo;
    const env = {
      ...over(await sharedMocks()),
      REVIEWS_URL: `http://127.0.0.1:${port}/`,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER_ARG: '1',
    };
    hosts = await Promise.all([runHost('lean', env), runHost('lean', env)]);
    prometheus = await startPrometheus(
      hosts.map((host) => host.port),
      RULES,
    );
  });

  afterAll(async () => {
    await prometheus?.stop();
    await Promise.all((hosts ?? []).map(stop));
    await new Promise((resolve) => broken.close(resolve));
    await collector.close();
  });

  /** Asks for this and that until something holds, and fails with what did not. */
  async function busyUntil(holds: () => Promise<readonly unknown[]>): Promise<void> {
    const end = performance.now() + PATIENCE;
    for (let round = 0; ; round++) {
      const product = `/api/products/p-${String(100 + round).padStart(6, '0')}`;
      for (const { url } of hosts)
        for (const path of [product, '/api/categories', '/api/products?q=lamp', '/api/reviews-of-nothing'])
          await (await fetch(url + path)).arrayBuffer();
      const lacking = await holds();
      if (lacking.length === 0) return;
      if (performance.now() > end) return expect(lacking).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  test('gets data for every query of the dashboard', async () => {
    expect(QUERIES.length).toBeGreaterThan(20);
    await busyUntil(async () => {
      const results = await Promise.all(QUERIES.map(({ expr }) => prometheus.query(expr)));
      return QUERIES.filter((_, at) => !results[at]?.some(({ value }) => Number.isFinite(Number(value[1]))));
    });
  });

  test('adds up the buckets of both instances, and keeps exemplars that lead to exported traces', async () => {
    const name = 'tributary_answer_duration_seconds';
    let traces: string[] = [];
    await busyUntil(async () => {
      const found = (await prometheus.api(
        `/api/v1/query_exemplars?query=${name}_bucket&start=${Date.now() / 1_000 - 600}&end=${Date.now() / 1_000 + 60}`,
      )) as { exemplars: { labels: { trace_id: string } }[] }[];
      traces = found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
      return traces.length > 0 ? [] : ['an exemplar'];
    });
    await collector.seen('the trace of an exemplar', ({ traceId }) => traces.includes(traceId));
    const sum = async (expr: string) => Number((await prometheus.query(expr))[0]?.value[1]);
    // A moment at which both were scraped: from then on nothing moves.
    let at = '';
    await busyUntil(async () => {
      at = `@ ${Math.floor(Date.now() / 1_000) - 2}`;
      const instances = await sum(`count(count by (instance) (${name}_count ${at}))`);
      return instances === 2 ? [] : ['two instances'];
    });
    expect(await sum(`sum(${name}_bucket{le="+Inf"} ${at})`)).toBe(await sum(`sum(${name}_count ${at})`));
    expect(await sum(`sum(${name}_count ${at})`)).toBe(await sum(`sum(tributary_answers_total ${at})`));
  });

  test('evaluates every rule, and has few series', async () => {
    const { groups } = (await prometheus.api('/api/v1/rules')) as {
      groups: { rules: { health: string; name: string }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(20);
    await busyUntil(async () => {
      const now = (await prometheus.api('/api/v1/rules')) as typeof groups extends unknown
        ? { groups: typeof groups }
        : never;
      return now.groups.flatMap((group) => group.rules).filter(({ health }) => health !== 'ok');
    });
    const [series] = await prometheus.query('max(scrape_samples_scraped)');
    expect(Number(series?.value[1])).toBeLessThan(MOST_SERIES);
    expect((await prometheus.query('up == 1')).length).toBe(2);
  });
});
