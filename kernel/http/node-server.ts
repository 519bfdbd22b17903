import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import { fewPerAddress, onePerTurn } from './fair-share.ts';
import { lingeringResponse, REST } from './lingering-response.ts';

/** Node's own defaults are made for nobody in particular: 60 s for a head, 300 s for a request, no end of sockets. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
  requireHostHeader: true,
  // Whoever offers h2c or a websocket gets its answer over what it came with (RFC 9110 §7.8).
  shouldUpgradeCallback: () => false,
} as const;
const MOST_CONNECTIONS = 15_000;
const MOST_HEADERS = 100;
/** Of one connection: a balancer spreads its clients anew. */
const MOST_REQUESTS = 1_000;
/** Milliseconds in which somebody who is sent something takes none of it. */
const STUCK = 30_000;

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A node:http server with every limit set, whose handler gets targets in origin form only, and which can drain. */
export class LimitedServer extends Server {
  /** What was not answered at once, or not taken at once by the kernel's buffers. */
  readonly #underWay = new Set<ServerResponse>();

  /** `perAddress`: connections that one address may have at a time; as many as it likes where it is undefined. */
  constructor(handler: Handler, { rest = REST, stuck = STUCK, perAddress = Number.POSITIVE_INFINITY } = {}) {
    const serve = onePerTurn((request, response) => {
      if (!this.listening || isLastOfMany(response)) response.shouldKeepAlive = false;
      handle(handler, request, response);
      if (response.writableEnded && response.writableLength === 0) return;
      this.#underWay.add(response);
      response.setTimeout(stuck, () => {
        if (response.writableLength > 0) response.socket?.destroy();
      });
      response.once('close', () => {
        this.#underWay.delete(response);
        if (!this.listening) this.closeIdleConnections();
      });
    });
    super({ ...LIMITS, ServerResponse: lingeringResponse(rest) }, serve);
    this.on('connection', fewPerAddress(perAddress));
    this.maxRequestsPerSocket = MOST_REQUESTS;
    this.maxConnections = MOST_CONNECTIONS;
    this.maxHeadersCount = MOST_HEADERS;
  }

  /**
   * Stops listening, lets what is under way finish, each as the last on its connection, and cuts what is left after
   * `patience` milliseconds.
   */
  drain(patience: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.closeAllConnections(), patience);
      this.close(() => {
        clearTimeout(timer);
        resolve();
      });
      for (const response of this.#underWay) response.shouldKeepAlive = false;
    });
  }

  /** Node takes a connection for idle once its answer has ended, though its client has not read it: that comes first. */
  override closeIdleConnections(): void {
    for (const response of this.#underWay) if (response.writableEnded) return;
    super.closeIdleConnections();
  }
}

/** Node tells such a client to close, and would wait for that for ever. */
const isLastOfMany = (response: ServerResponse): boolean =>
  (response as { maxRequestsOnConnectionReached?: boolean }).maxRequestsOnConnectionReached === true;

function handle(handler: Handler, request: IncomingMessage, response: ServerResponse): void {
  const target = request.url ?? '';
  if (hasSeveralHosts(request.rawHeaders)) response.writeHead(400, { Connection: 'close' }).end();
  else if (target.startsWith('/')) handler(request, response);
  else if (/^https?:\/\//i.test(target) && URL.canParse(target)) {
    // RFC 9112 §3.2.2: a target in absolute form is taken for its path.
    const { pathname, search } = new URL(target);
    request.url = pathname + search;
    handler(request, response);
  } else if (target === '*' && request.method === 'OPTIONS') response.writeHead(204).end();
  else response.writeHead(400, { Connection: 'close' }).end();
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
