import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Node's own defaults are made for nobody in particular: 60 s for a head, 300 s for a request, no end of sockets. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
} as const;
const MOST_CONNECTIONS = 15_000;
const MOST_HEADERS = 100;
const REQUESTS_PER_SOCKET = 1_000;

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A node:http server with every limit set. */
export function createLimitedServer(handler: Handler): Server {
  const server = createServer({ ...LIMITS, requireHostHeader: true }, handler);
  server.maxConnections = MOST_CONNECTIONS;
  server.maxHeadersCount = MOST_HEADERS;
  server.maxRequestsPerSocket = REQUESTS_PER_SOCKET;
  return server;
}

/** Stops listening, lets what is in flight finish, and cuts what is left after `patience` milliseconds. */
export function drain(server: Server, patience: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), patience);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
