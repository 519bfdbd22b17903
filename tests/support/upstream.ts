import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One request as the upstream saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Whether the caller went away before the answer was out. */
  aborted: boolean;
}

export type Handler = (response: ServerResponse, seen: Seen, request: IncomingMessage) => void | Promise<void>;

/** A real upstream on a real port, with handlers that a test changes as it goes. */
export interface TestUpstream {
  readonly url: string;
  readonly seen: Seen[];
  /** Answers all that no `on` takes. */
  otherwise: Handler;
  on(pathPrefix: string, handler: Handler): void;
  /** How many requests came under a prefix. */
  count(pathPrefix?: string): number;
  /** Sockets on which an answer is still being written or waited for. */
  busySockets(): number;
  close(): Promise<void>;
}

export async function startUpstream(): Promise<TestUpstream> {
  const seen: Seen[] = [];
  const handlers = new Map<string, Handler>();
  const busy = new Set<Socket>();
  const server = createServer(async (request, response) => {
    const { socket } = request;
    busy.add(socket);
    const chunks: Buffer[] = [];
    const entry = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: '',
      aborted: false,
    };
    response.on('close', () => {
      busy.delete(socket);
      entry.aborted = !response.writableFinished;
    });
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    entry.body = Buffer.concat(chunks).toString();
    seen.push(entry);
    const [, handler] = [...handlers].find(([prefix]) => entry.path.startsWith(prefix)) ?? [];
    await (handler ?? upstream.otherwise)(response, entry, request);
  });
  const upstream: TestUpstream = {
    url: '',
    seen,
    otherwise: (response) => json(response, {}, 404),
    on: (prefix, handler) => {
      handlers.delete(prefix);
      handlers.set(prefix, handler);
    },
    count: (prefix = '') => seen.filter(({ path }) => path.startsWith(prefix)).length,
    busySockets: () => busy.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(upstream, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
}

/** Answers JSON. */
export function json(response: ServerResponse, value: unknown, status = 200): void {
  raw(response, JSON.stringify(value), { 'content-type': 'application/json' }, status);
}

/** Answers these very bytes. */
export function raw(
  response: ServerResponse,
  body: string | Buffer,
  headers: Record<string, string>,
  status = 200,
): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

/** Never answers. */
export const hang: Handler = () => {};

/** Answers after so many milliseconds. */
export function after(milliseconds: number, handler: Handler): Handler {
  return async (response, seen, request) => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    if (!response.destroyed) await handler(response, seen, request);
  };
}

/** A handler that answers when the test says so; `waiting` tells how many wait. */
export function gated(handler: Handler): { handler: Handler; open: () => void; waiting: () => number } {
  const waiting = new Set<() => void>();
  return {
    handler: async (response, seen, request) => {
      await new Promise<void>((resolve) => waiting.add(resolve));
      if (!response.destroyed) await handler(response, seen, request);
    },
    open: () => {
      for (const release of waiting) release();
      waiting.clear();
    },
    waiting: () => waiting.size,
  };
}
