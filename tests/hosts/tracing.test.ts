import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collector, type SeenSpan, startCollector } from '#tests/support/collector.ts';
import { type Running, runHost, stop } from '#tests/support/host.ts';
import { sharedMocks } from '#tests/support/shared-host.ts';

const [INTERNAL, SERVER, CLIENT] = [1, 2, 3];
const NAMES = ['catalog', 'pricing', 'inventory', 'reviews', 'recommendations'];
const PARENT = '00f067aa0ba902b7';

let collector: Collector;
let upstream: Server;
let host: Running;
/** What upstreams were sent, by the span that they were to be part of. */
const sent = new Map<string, Readonly<Record<string, unknown>>>();

/** Passes on to the mocks, and writes down what came. */
async function startRecorder(port: number): Promise<Server> {
  const server = createServer((incoming, response) => {
    const { traceparent, tracestate, baggage } = incoming.headers;
    sent.set(String(traceparent).split('-')[2] ?? '', { traceparent, tracestate, baggage });
    const { method, url: path, headers } = incoming;
    const on = request({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    on.on('error', () => response.destroy());
    incoming.pipe(on);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

beforeAll(async () => {
  collector = await startCollector();
  const mocks = await sharedMocks();
  upstream = await startRecorder(mocks.port);
  const { port } = upstream.address() as AddressInfo;
  host = await runHost('lean', {
    MOCKS_PORT: String(mocks.port),
    ...Object.fromEntries(NAMES.map((name) => [`${name.toUpperCase()}_URL`, `http://127.0.0.1:${port}/${name}/`])),
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20secret',
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.name=no',
    OTEL_TRACES_SAMPLER_ARG: '1',
    BAGGAGE_KEYS: 'tenant',
  });
});

afterAll(async () => {
  await stop(host);
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
  await collector.close();
});

const traceId = (name: string) => Buffer.from(name.padEnd(16, '.')).toString('hex');
const ask = async (path: string, name: string, headers: Record<string, string> = {}, flags = '01') => {
  const answer = await fetch(host.url + path, {
    headers: { traceparent: `00-${traceId(name)}-${PARENT}-${flags}`, ...headers },
  });
  await answer.text();
  return answer;
};
const rootOf = (name: string) =>
  collector.seen(name, (span) => span.traceId === traceId(name) && span.parentSpanId === PARENT);

test('a cold product page is one tree, which its upstreams are part of', async () => {
  await ask('/api/products/p-000042?currency=EUR', 'cold', {
    tracestate: 'rojo=1',
    baggage: 'user=ada,tenant=blue',
  });
  const root = await rootOf('cold');
  const spans = collector.trace(traceId('cold'));
  expect([root.name, root.kind]).toEqual(['GET /api/products/{id}', SERVER]);
  expect(root.attributes).toMatchObject({
    'http.request.method': 'GET',
    'http.route': '/api/products/{id}',
    'http.response.status_code': 200,
    'url.path': '/api/products/p-000042',
    'tributary.operation': 'getProduct',
    'tributary.cache': 'miss',
  });
  expect(root.resource).toMatchObject({ 'service.name': 'shop', 'deployment.environment.name': 'test' });
  expect(collector.headers[0]?.['api-key']).toBe('a secret');

  const byId = new Map(spans.map((span) => [span.spanId, span]));
  expect(byId.size).toBe(spans.length);
  for (const span of spans) {
    if (span === root) continue;
    const parent = byId.get(span.parentSpanId ?? '');
    expect(parent, span.name).toBeDefined();
    expect(span.start >= (parent as SeenSpan).start && span.end <= (parent as SeenSpan).end, span.name).toBe(true);
  }
  const attempts = spans.filter(({ kind }) => kind === CLIENT);
  expect(new Set(attempts.map(({ attributes }) => attributes['tributary.upstream']))).toEqual(new Set(NAMES));
  for (const { spanId, parentSpanId, attributes } of attempts) {
    expect(byId.get(parentSpanId ?? '')?.kind).toBe(INTERNAL);
    expect(attributes['http.response.status_code']).toBe(200);
    expect(sent.get(spanId)).toEqual({
      traceparent: `00-${traceId('cold')}-${spanId}-01`,
      tracestate: 'rojo=1',
      // These answers are everybody's.
      baggage: undefined,
    });
  }
  const ofThisTrace = [...sent.values()].filter(({ traceparent }) => String(traceparent).includes(traceId('cold')));
  expect(ofThisTrace).toHaveLength(attempts.length);
  expect(spans.some(({ name, kind }) => name === 'related' && kind === INTERNAL)).toBe(true);
});

test('what the cache answers has its place in the caller’s trace', async () => {
  await ask('/api/categories', 'first');
  await ask('/api/categories', 'again');
  const root = await rootOf('again');
  expect(root.attributes['tributary.cache']).toBe('hit');
  expect(collector.trace(traceId('again'))).toHaveLength(1);
});

test('a caller who does not sample is not recorded, and upstreams hear of it', async () => {
  await ask('/api/products/p-000043', 'unsampled', {}, '00');
  await ask('/api/products/p-000044', 'after');
  await rootOf('after');
  expect(collector.trace(traceId('unsampled'))).toEqual([]);
  const flags = [...sent.values()].map(({ traceparent }) => String(traceparent));
  expect(flags.filter((text) => text.includes(traceId('unsampled')) && text.endsWith('-00')).length).toBeGreaterThan(0);
});

test('nothing of a client or a customer is in what is exported', async () => {
  const secrets = ['swordfish', 'ada@example.com', 'Bearer-of-tidings'];
  await ask('/api/products?q=swordfish', 'search');
  await ask('/api/orders/o-swordfish', 'order', {
    authorization: 'Bearer-of-tidings swordfish',
    cookie: 'sid=swordfish',
  });
  await ask('/api/nowhere/swordfish', 'nowhere');
  await ask('/api/products/ada@example.com', 'mail');
  for (const name of ['search', 'order', 'nowhere', 'mail']) await rootOf(name);
  const text = collector.bodies.join('');
  for (const secret of secrets) expect(text).not.toContain(secret);
  expect((await rootOf('order')).attributes['url.path']).toBe('/api/orders/{id}');
});

test('what waits when it is asked to end still goes out', async () => {
  await ask('/api/categories', 'last');
  expect(await stop(host)).toBe(0);
  await rootOf('last');
});
