import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getResponse, type HttpHandler } from 'msw';
import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';
import { type SubjectOf, subjectUnverified } from './bearer.ts';
import { cartHandlers } from './cart.ts';
import { catalogHandlers } from './catalog.ts';
import { controlHandlers, createChanges } from './changes.ts';
import { contentHandlers } from './content.ts';
import { customersHandlers } from './customers.ts';
import { HEALTHY } from './health.ts';
import type { IdentityHandler } from './identity/provider.ts';
import { inventoryHandlers } from './inventory.ts';
import type { Conduct } from './misbehave.ts';
import { createOrderBook, ordersHandlers } from './orders.ts';
import { paymentsHandlers } from './payments.ts';
import { pricingHandlers } from './pricing.ts';
import { recommendationsHandlers } from './recommendations.ts';
import { reviewsHandlers } from './reviews.ts';
import type { Receiver } from './sender.ts';
import { shippingHandlers } from './shipping.ts';
import { supportHandlers } from './support.ts';

export interface MockOptions {
  /** How long `slow` takes, in milliseconds. */
  readonly slow?: number;
  /** `natural`: a few milliseconds, the same for the same address. `none`: at once, for tests. */
  readonly latency?: 'natural' | 'none';
  /** Seconds that an access token of the identity provider lives. */
  readonly accessTokenTtl?: number;
  /** The subject of a bearer token; by default any JWT is believed. */
  readonly subjectOf?: SubjectOf;
  /** Who receives change webhooks; none by default. */
  readonly receiver?: Receiver;
}

export interface MockServer {
  readonly port: number;
  close(): Promise<void>;
}

const SLOW = 1_200;

/** Serves all mock upstreams on one real port, each below its name: `http://127.0.0.1:4000/catalog/`. */
export function startMockServer(
  port: number,
  { slow = SLOW, latency = 'natural', accessTokenTtl, subjectOf = subjectUnverified, receiver }: MockOptions = {},
): Promise<MockServer> {
  const conduct: Conduct = { slow, requests: new Map() };
  const changes = createChanges();
  const book = createOrderBook();
  const handlers: HttpHandler[] = [
    ...catalogHandlers(conduct),
    ...pricingHandlers(conduct, changes),
    ...inventoryHandlers(conduct),
    ...reviewsHandlers(conduct, subjectOf),
    ...recommendationsHandlers(conduct),
    ...contentHandlers(conduct),
    ...cartHandlers(conduct),
    ...ordersHandlers(conduct, subjectOf, book),
    ...supportHandlers(conduct, subjectOf, receiver),
    ...paymentsHandlers(conduct, book, receiver),
    ...customersHandlers(conduct, subjectOf),
    ...shippingHandlers(conduct),
    ...controlHandlers(changes, receiver),
  ];
  let identity: Promise<IdentityHandler> | undefined;
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/identity/')) {
      // A real provider, loaded at the first sign-in.
      identity ??= import('./identity/provider.ts').then(({ createIdentity }) =>
        createIdentity(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { accessTokenTtl }),
      );
      identity
        .then((handle) => handle(request, response))
        .catch((error: Error) => response.writeHead(500).end(`${error.stack}\n`));
      return;
    }
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
  // Never ended: when it is cut, its client knows that these mocks are gone.
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
  // RFC 9110, section 8.6: an answer that can have no content has no length either.
  const length = answered.status === 204 ? {} : { 'content-length': bytes.length };
  response.writeHead(answered.status, { ...Object.fromEntries(answered.headers), ...length });
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
  const secretOf = (secrets: string | undefined) => (secrets || DEVELOPMENT_SECRET).split(',', 1)[0]?.trim() ?? '';
  const { PUBLIC_URL, UPSTREAM_WEBHOOK_SECRETS, STRIPE_WEBHOOK_SECRETS } = process.env;
  const receiver = {
    url: PUBLIC_URL || 'http://localhost:3000',
    secret: secretOf(UPSTREAM_WEBHOOK_SECRETS),
    stripeSecret: secretOf(STRIPE_WEBHOOK_SECRETS),
  };
  startMockServer(port, { receiver }).then(
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
