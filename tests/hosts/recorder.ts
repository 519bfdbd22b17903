import { type MockServer, startMockServer } from '#mocks/server.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import { raw, startUpstream } from '#tests/support/upstream.ts';

/** All upstreams behind one address: it writes down every path that it is asked for, and lets the mocks answer. */
export interface Recorder {
  /** The variables that send a host here. */
  readonly env: Readonly<Record<string, string>>;
  /** Every request target so far, as it stood in the request line. */
  paths(): string[];
  close(): Promise<void>;
}

export async function startRecorder(): Promise<Recorder> {
  const mocks: MockServer = await startMockServer(0, { latency: 'none' });
  const upstream = await startUpstream();
  upstream.otherwise = async (response, { method, path, body }) => {
    const headers = { 'content-type': 'application/json' };
    const init = method === 'POST' ? { method, body, headers } : {};
    const answer = await fetch(`http://127.0.0.1:${mocks.port}${path}`, init);
    raw(response, Buffer.from(await answer.arrayBuffer()), headers, answer.status);
  };
  const urls = UPSTREAMS.map((name) => [`${name.toUpperCase()}_URL`, `${upstream.url}${name}/`]);
  return {
    env: Object.fromEntries(urls),
    paths: () => upstream.seen.map(({ path }) => path),
    close: async () => {
      await upstream.close();
      await mocks.close();
    },
  };
}
