import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collector, startCollector } from '#tests/support/collector.ts';
import { type Running, runHost, stop } from '#tests/support/host.ts';
import { sharedHost, sharedMocks } from '#tests/support/shared-host.ts';
import { until } from '#tests/support/until.ts';
import { startRecorder } from './recorder.ts';

const CLIENT = 3;
const PARENT = '00f067aa0ba902b7';
const TRACES = { api: '0af7651916cd43dd8448eb211c80319c', page: '1af7651916cd43dd8448eb211c80319c' };

let collector: Collector;
let upstream: Awaited<ReturnType<typeof startRecorder>>;
let host: Running;
beforeAll(async () => {
  collector = await startCollector();
  upstream = await startRecorder();
  host = await runHost('next', { ...upstream.env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
});
afterAll(async () => {
  await stop(host);
  await upstream.close();
  await collector.close();
});

test.each([
  ['api', '/api/products/p-000042', 'GET /api/products/{id}'],
  ['page', '/products/p-000043', 'PAGE getProduct'],
] as const)(
  'under Next, what one bundle has sent upstream another exports under the same ids: %s',
  async (kind, path, name) => {
    const traceId = TRACES[kind];
    const answer = await fetch(host.url + path, { headers: { traceparent: `00-${traceId}-${PARENT}-01` } });
    await answer.text();
    const root = await collector.seen(name, (span) => span.traceId === traceId && span.name === name);
    expect(root.parentSpanId).toBe(PARENT);
    const attempts = collector.trace(traceId).filter((span) => span.kind === CLIENT);
    expect(attempts.length).toBeGreaterThan(3);
    const sent = upstream.traceparents().filter((text) => text.includes(traceId));
    for (const { spanId } of attempts) expect(sent).toContain(`00-${traceId}-${spanId}-01`);
  },
);

/** Ways in which a collector fails. */
const FAILING: readonly Collector['answer'][] = [
  (response) => response.writeHead(400).end('swordfish'),
  (response) => response.writeHead(503, { 'retry-after': '1' }).end(),
  (response) => response.destroy(),
  () => {},
];

test('a collector that fails in every way changes no answer, and is one line in the log', async () => {
  const mocks = await sharedMocks();
  const failing = await startCollector();
  let turn = 0;
  failing.answer = (response, incoming) => FAILING[turn++ % FAILING.length]?.(response, incoming);
  const hurt = await runHost('lean', {
    MOCKS_PORT: String(mocks.port),
    OTEL_EXPORTER_OTLP_ENDPOINT: failing.url,
    OTEL_TRACES_SAMPLER_ARG: '1',
  });
  const plain = await sharedHost('lean');
  const paths = ['/api/products/p-000050', '/api/categories', '/api/nowhere', '/api/products?q=lamp', '/api/orders'];
  for (let round = 0; turn < FAILING.length || round < 3; round++) {
    for (const path of paths) {
      const [well, other] = await Promise.all([fetch(plain.url + path), fetch(hurt.url + path)]);
      expect([other.status, other.headers.get('content-type')]).toEqual([
        well.status,
        well.headers.get('content-type'),
      ]);
      const [one, two] = [await well.text(), await other.text()];
      if (well.ok) expect(two).toBe(one);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await until('it is told', () => hurt.output().includes('could not be exported'));
  expect(await stop(hurt)).toBe(0);
  expect(hurt.output().match(/could not be exported/g)).toHaveLength(1);
  expect(hurt.output().match(/collector/gi)).toHaveLength(1);
  expect(hurt.output()).not.toContain('swordfish');
  await failing.close();
});
