import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collector, startCollector } from '#tests/support/collector.ts';
import { type Running, runHost, stop } from '#tests/support/host.ts';
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
