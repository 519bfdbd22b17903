import { type MockServer, startMockServer } from '#mocks/server.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import { raw, startUpstream } from '#tests/support/upstream.ts';

/** All upstreams behind one address: it writes down every path that it is asked for, and lets the mocks answer. */
export interface Recorder {
  /** The variables that send a host here. */
  readonly env: Readonly<Record<string, string>>;
  /** Every request target so far, as it stood in the request line. */
  paths(): string[];
  /** The `traceparent` of each. */
  traceparents(): string[];
  close(): Promise<void>;
}

/** What the mocks go by. */
const PASSED = ['content-type', 'authorization', 'idempotency-key', 'if-match'] as const;

export async function startRecorder(): Promise<Recorder> {
  const mocks: MockServer = await startMockServer(0, { latency: 'none' });
  const upstream = await startUpstream();
  upstream.otherwise = async (response, { method, path, body, headers }) => {
    const passed = PASSED.flatMap((name) => (headers[name] ? [[name, String(headers[name])] as const] : []));
    const init = { method, headers: Object.fromEntries(passed), ...(body && { body }) };
    const answer = await fetch(`http://127.0.0.1:${mocks.port}${path}`, init);
    const json = { 'content-type': 'application/json' };
    raw(response, Buffer.from(await answer.arrayBuffer()), json, answer.status);
  };
  const urls = UPSTREAMS.map((name) => [`${name.toUpperCase()}_URL`, `${upstream.url}${name}/`]);
  return {
    env: { ...Object.fromEntries(urls), SHIPPING_KEY: 'mock', STRIPE_SECRET_KEY: 'sk_test_mock' },
    paths: () => upstream.seen.map(({ path }) => path),
    traceparents: () => upstream.seen.map(({ headers }) => String(headers.traceparent)),
    close: async () => {
      await upstream.close();
      await mocks.close();
    },
  };
}
