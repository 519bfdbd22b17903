import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getResponse, type HttpHandler } from 'msw';
import { catalogHandlers } from './catalog.ts';
import { controlHandlers, createChanges } from './changes.ts';
import { contentHandlers } from './content.ts';
import { HEALTHY } from './health.ts';
import { inventoryHandlers } from './inventory.ts';
import type { Conduct } from './misbehave.ts';
import { pricingHandlers } from './pricing.ts';
import { recommendationsHandlers } from './recommendations.ts';
import { reviewsHandlers } from './reviews.ts';

export interface MockOptions {
  /** How long `slow` takes, in milliseconds. */
  readonly slow?: number;
  /** `natural`: a few milliseconds, the same for the same address. `none`: at once, for tests. */
  readonly latency?: 'natural' | 'none';
}

export interface MockServer {
  readonly port: number;
  close(): Promise<void>;
}

const SLOW = 1_200;

/** Serves all mock upstreams on one real port, each below its name: `http://127.0.0.1:4000/catalog/`. */
export function startMockServer(
  port: number,
  { slow = SLOW, latency = 'natural' }: MockOptions = {},
): Promise<MockServer> {
  const conduct: Conduct = { slow, seen: new Map() };
  const changes = createChanges();
  const handlers: HttpHandler[] = [
    ...catalogHandlers(conduct),
    ...pricingHandlers(conduct, changes),
    ...inventoryHandlers(conduct),
    ...reviewsHandlers(conduct),
    ...recommendationsHandlers(conduct),
    ...contentHandlers(conduct),
    ...controlHandlers(changes),
  ];
  const server = createServer((request, response) => {
    answer(handlers, latency, request, response).catch((error: Error) => response.destroy(error));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const close = () =>
        new Promise<void>((closed) => {
          server.close(() => closed());
          server.closeAllConnections();
        });
      resolve({ port: (server.address() as AddressInfo).port, close });
    });
  });
}

async function answer(
  handlers: readonly HttpHandler[],
  latency: 'natural' | 'none',
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = `http://${request.headers.host}${request.url}`;
  if (request.url === '/__health') {
    response.end(HEALTHY);
    return;
  }
  // Never ended: that it is cut tells whoever asked that these mocks are gone.
  if (request.url === '/__lifetime') {
    response.flushHeaders();
    return;
  }
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
  const headers = request.headers as Record<string, string>;
  const { method = 'GET' } = request;
  const asked = new Request(url, { method, headers, signal: gone.signal, ...(body ? { body } : {}) });
  if (latency === 'natural') await wait(latencyOf(request.url ?? ''));
  const answered = await getResponse([...handlers], asked);
  if (response.destroyed) return;
  if (!answered) {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ message: `no mock answers ${method} ${request.url}` }));
    return;
  }
  const bytes = Buffer.from(await answered.arrayBuffer());
  response.writeHead(answered.status, { ...Object.fromEntries(answered.headers), 'content-length': bytes.length });
  response.end(bytes);
}

/** Between 2 and 25 ms, by the address alone. */
function latencyOf(target: string): number {
  let hash = 7;
  for (let index = 0; index < target.length; index++) hash = (hash * 31 + target.charCodeAt(index)) % 1_000_003;
  return 2 + (hash % 24);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

if (import.meta.main) {
  const port = Number(process.env.MOCKS_PORT ?? 4_000);
  const stop = () => process.exit(0);
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);
  startMockServer(port).then(
    (server) => {
      process.stdout.write(`Mock upstreams on http://127.0.0.1:${server.port}/ (catalog, pricing, inventory, …)\n`);
      process.send?.({ port: server.port });
    },
    (error: NodeJS.ErrnoException) => {
      const busy = error.code === 'EADDRINUSE';
      process.stderr.write(busy ? `Port ${port} is taken. Set MOCKS_PORT to a free one.\n` : `${error.message}\n`);
      process.exit(1);
    },
  );
}
