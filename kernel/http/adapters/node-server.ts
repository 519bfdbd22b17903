import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { Server as Acceptor, AddressInfo, Socket } from 'node:net';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { originForm } from '#kernel/http/request/canonical-target.ts';
import { apiFields } from '#kernel/http/security/security-fields.ts';
import { type ListenOptions, listenThroughMany } from './acceptors.ts';
import { bounded, onePerTurn } from './fair-share.ts';
import { lingeringResponse, REST } from './lingering-response.ts';
import { bytesOfReply, lastReply, NO_TARGET, UNEXPECTED, unread } from './own-refusals.ts';

/** Node's defaults are too generous here: 60 s for a head, 300 s for a request, no limit on sockets. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
  // We refuse it ourselves, with our own fields.
  requireHostHeader: false,
  // A client that offers h2c or a websocket gets its answer over HTTP/1.1 (RFC 9110 §7.8).
  shouldUpgradeCallback: () => false,
} as const;
const MAX_CONNECTIONS = 15_000;
const MAX_HEADERS = 100;
/** Of one connection: a balancer spreads its clients anew. */
const MAX_REQUESTS = 1_000;
/** Milliseconds after which a client that takes none of its answer is cut off. */
const STUCK = 30_000;

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A node:http server with every limit set, whose handler gets targets in origin form only, and which can drain. */
export class LimitedServer extends Server {
  /** What was not answered at once, or not taken at once by the kernel's buffers. */
  readonly #underWay = new Set<ServerResponse>();
  #acceptors: readonly Acceptor[] = [];
  readonly #publicUrl: string;
  #ending = false;

  /**
   * `perAddress`: connections that one address may have at a time; as many as it likes where it is undefined. `publicUrl`:
   * our own origin, for answers that are the server's own.
   */
  constructor(
    handler: Handler,
    { rest = REST, stuck = STUCK, perAddress = Number.POSITIVE_INFINITY, publicUrl = '' } = {},
  ) {
    const handle = handlerOf(handler, publicUrl);
    const serve = onePerTurn((request, response) => {
      if (this.#ending || !this.listening || isLastOfMany(response)) response.shouldKeepAlive = false;
      handle(request, response);
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
    this.#publicUrl = publicUrl;
    this.on('checkExpectation', serve);
    this.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => this.#refuseUnread(error, socket));
    this.on('connection', bounded(MAX_CONNECTIONS, perAddress));
    this.maxRequestsPerSocket = MAX_REQUESTS;
    this.maxHeadersCount = MAX_HEADERS;
  }

  /** Answers what the parser could not read, unless an answer has begun on that connection: nothing may come within it. */
  #refuseUnread(error: NodeJS.ErrnoException, socket: Socket): void {
    let begun = false;
    for (const response of this.#underWay) begun ||= response.socket === socket && response.headersSent;
    if (socket.writable && !begun) socket.write(bytesOfReply(lastReply(this.#publicUrl, unread(error.code))));
    socket.destroy(error);
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

/** As Node reads it. */
const CONTINUE = /(?:^|\W)100-continue(?:$|\W)/i;

/** Hands on what has a target, names one host, and expects nothing that can't be. */
function handlerOf(handler: Handler, publicUrl: string): Handler {
  const fields = apiFields(publicUrl);
  return (request, response) => {
    const target = originForm(request.url ?? '');
    const { expect } = request.headers;
    if (expect !== undefined && !CONTINUE.test(expect)) refuse(response, publicUrl, UNEXPECTED);
    else if (!namesOneHost(request)) refuse(response, publicUrl, NO_TARGET);
    else if (target.startsWith('/')) {
      request.url = target;
      handler(request, response);
    } else if (target === '*' && request.method === 'OPTIONS') response.writeHead(204, [...fields]).end();
    else refuse(response, publicUrl, NO_TARGET);
  };
}

function refuse(response: ServerResponse, publicUrl: string, problem: ProblemDetails): void {
  const { status, headers, body } = lastReply(publicUrl, problem);
  response.writeHead(status, [...headers]).end(body);
}

/** RFC 9112 §3.2: of several Node takes the first. Older versions need none. */
function namesOneHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts === 1 || (hosts === 0 && httpVersion !== '1.1');
}
