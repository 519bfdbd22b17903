import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { Server as Acceptor, AddressInfo } from 'node:net';
import { originForm } from '#kernel/http/request/canonical-target.ts';
import { type ListenOptions, listenThroughMany } from './acceptors.ts';
import { bounded, onePerTurn } from './fair-share.ts';
import { lingeringResponse, REST } from './lingering-response.ts';

/** Node's defaults are too generous here: 60 s for a head, 300 s for a request, no limit on sockets. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
  requireHostHeader: true,
  // A client that offers h2c or a websocket gets its answer over HTTP/1.1 (RFC 9110 §7.8).
  shouldUpgradeCallback: () => false,
} as const;
const MAX_CONNECTIONS = 15_000;
const MAX_HEADERS = 100;
/** Of one connection: a balancer spreads its clients anew. */
const MAX_REQUESTS = 1_000;
/** Milliseconds after which a client that takes none of its answer is cut off. */
const STUCK = 30_000;
const NONE: readonly string[] = [];

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A node:http server with every limit set, whose handler gets targets in origin form only, and which can drain. */
export class LimitedServer extends Server {
  /** What was not answered at once, or not taken at once by the kernel's buffers. */
  readonly #underWay = new Set<ServerResponse>();
  #acceptors: readonly Acceptor[] = [];
  #ending = false;

  /**
   * `perAddress`: connections that one address may have at a time; as many as it likes where it is undefined. `fields`: of
   * the answers that are the server's own, name and value.
   */
  constructor(
    handler: Handler,
    { rest = REST, stuck = STUCK, perAddress = Number.POSITIVE_INFINITY, fields = NONE } = {},
  ) {
    const serve = onePerTurn((request, response) => {
      if (this.#ending || !this.listening || isLastOfMany(response)) response.shouldKeepAlive = false;
      handle(handler, request, response, fields);
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
    this.on('connection', bounded(MAX_CONNECTIONS, perAddress));
    this.maxRequestsPerSocket = MAX_REQUESTS;
    this.maxHeadersCount = MAX_HEADERS;
  }

  /** Listens; resolves with the port. Rejects with EADDRINUSE where it is taken. */
  async open(options: ListenOptions): Promise<number> {
    this.#acceptors = await listenThroughMany(this, options);
    return (this.address() as AddressInfo).port;
  }

  /** From now on every answer is the last on its connection: a new connection may reach another process. */
  announceEnd(): void {
    this.#ending = true;
  }

  /**
   * Stops listening, lets requests in progress finish, each as the last on its connection, and cuts what is left after
   * `timeout` milliseconds.
   */
  async drain(timeout: number): Promise<void> {
    const timer = setTimeout(() => this.closeAllConnections(), timeout);
    const closed = [this, ...this.#acceptors].map((server) => new Promise((resolve) => server.close(resolve)));
    for (const response of this.#underWay) response.shouldKeepAlive = false;
    await Promise.all(closed);
    clearTimeout(timer);
  }

  /** Node takes a connection for idle once its answer has ended, though its client has not read it: that comes first. */
  override closeIdleConnections(): void {
    for (const response of this.#underWay) if (response.writableEnded) return;
    super.closeIdleConnections();
  }
}

/** Node asks such a client to close, and would wait for that for ever. */
const isLastOfMany = (response: ServerResponse): boolean =>
  (response as { maxRequestsOnConnectionReached?: boolean }).maxRequestsOnConnectionReached === true;

function handle(handler: Handler, request: IncomingMessage, response: ServerResponse, fields: readonly string[]): void {
  const target = originForm(request.url ?? '');
  const refuse = () => response.writeHead(400, ['Connection', 'close', 'Content-Length', '0', ...fields]).end();
  if (hasSeveralHosts(request.rawHeaders)) refuse();
  else if (target.startsWith('/')) {
    request.url = target;
    handler(request, response);
  } else if (target === '*' && request.method === 'OPTIONS') response.writeHead(204, [...fields]).end();
  else refuse();
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
