import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';

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

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A node:http server with every limit set, whose handler gets targets in origin form only. */
export function createLimitedServer(handler: Handler): Server {
  // What is answered while draining is the last on its connection: kept alive, it would hold the process up.
  class Response extends ServerResponse {
    override writeHead(...head: unknown[]): this {
      if (!server.listening) this.shouldKeepAlive = false;
      return super.writeHead(...(head as Parameters<ServerResponse['writeHead']>));
    }
  }
  const server = createServer({ ...LIMITS, requireHostHeader: true, ServerResponse: Response }, (request, response) => {
    const target = request.url ?? '';
    if (hasSeveralHosts(request.rawHeaders)) response.writeHead(400, { Connection: 'close' }).end();
    else if (target.startsWith('/')) handler(request, response);
    else if (URL.canParse(target)) {
      const { pathname, search } = new URL(target);
      request.url = pathname + search;
      handler(request, response);
    } else if (target === '*' && request.method === 'OPTIONS') response.writeHead(204).end();
    else response.writeHead(400, { Connection: 'close' }).end();
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.maxHeadersCount = MOST_HEADERS;
  return server;
}

/** RFC 9112 §3.2: Node refuses a request without Host, but of several it takes the first. */
function hasSeveralHosts(fields: readonly string[]): boolean {
  let hosts = 0;
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts > 1;
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
