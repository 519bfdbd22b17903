import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { Server as Acceptor, AddressInfo } from 'node:net';
import { TransientMap } from '#kernel/base/transient-map.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { originForm } from '#kernel/http/request/target.ts';
import { apiFields } from '#kernel/http/security/security-fields.ts';
import { type ListenOptions, listenThroughMany } from './acceptors.ts';
import { continueOnRead } from './continue-on-read.ts';
import { lingeringResponse, REST, type Rest } from './lingering-response.ts';
import { lastReply, NO_TARGET, TRANSFER_CODED, UNEXPECTED } from './own-refusals.ts';
import { type Handler, limitServer, type ServerLimits, sharedFairly, TIMES, type UnderWay } from './server-limits.ts';

const OPTIONS = {
  ...TIMES,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
  // We refuse it ourselves, with our own fields.
  requireHostHeader: false,
  // A client that offers h2c or a websocket gets its answer over HTTP/1.1 (RFC 9110 §7.8).
  shouldUpgradeCallback: () => false,
} as const;

/** Milliseconds between two looks for connections whose requests do not come in time. */
const LOOK_EVERY = 5_000;

/** `stuck`: milliseconds for which a client may take nothing of its answer. */
interface LimitedServerOptions extends Partial<ServerLimits> {
  readonly rest?: Rest;
  readonly stuck?: number;
  readonly lookEvery?: number;
}

/** A node:http server with every limit set, whose handler gets targets in origin form only, and which can drain. */
export class LimitedServer extends Server {
  readonly #underWay: UnderWay;
  #acceptors: readonly Acceptor[] = [];
  #ending = false;

  constructor(
    handler: Handler,
    { rest = REST, stuck, lookEvery = LOOK_EVERY, perAddress, publicUrl = '' }: LimitedServerOptions = {},
  ) {
    const underWay: UnderWay = new TransientMap();
    const handle = handlerOf(handler, publicUrl);
    const onEnd = () => {
      if (!this.listening) this.closeIdleConnections();
    };
    const serve = sharedFairly(
      (request, response) => {
        if (this.#ending || !this.listening) response.shouldKeepAlive = false;
        handle(request, response);
      },
      underWay,
      { onEnd, ...(stuck !== undefined && { stuck }) },
    );
    super({ ...OPTIONS, connectionsCheckingInterval: lookEvery, ServerResponse: lingeringResponse(rest) }, serve);
    this.#underWay = underWay;
    this.on('checkExpectation', serve);
    this.on('checkContinue', (request, response) => {
      continueOnRead(request, response);
      serve(request, response);
    });
    limitServer(this, underWay, { perAddress, publicUrl });
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
    for (const response of this.#underWay.values()) response.shouldKeepAlive = false;
    await Promise.all(closed);
    clearTimeout(timer);
  }

  /** Node takes a connection for idle once its answer has ended, though its client has not read it: that comes first. */
  override closeIdleConnections(): void {
    for (const response of this.#underWay.values()) if (response.writableEnded) return;
    super.closeIdleConnections();
  }
}

/** As Node reads it. */
const CONTINUE = /(?:^|\W)100-continue(?:$|\W)/i;

/** Node takes what is coded besides for the body itself. */
const CHUNKED = /^\s*chunked\s*$/i;

/** Hands on what has a target, names one host, is coded as we can read it, and expects nothing that can't be. */
function handlerOf(handler: Handler, publicUrl: string): Handler {
  const fields = apiFields(publicUrl);
  return (request, response) => {
    const target = originForm(request.url ?? '');
    const { expect, 'transfer-encoding': transferred } = request.headers;
    if (expect !== undefined && !CONTINUE.test(expect)) refuse(response, publicUrl, UNEXPECTED);
    else if (!namesOneHost(request)) refuse(response, publicUrl, NO_TARGET);
    else if (transferred !== undefined && !CHUNKED.test(transferred)) refuse(response, publicUrl, TRANSFER_CODED);
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

/** RFC 9110 §7.2: a host as in a URI, which may be empty, and a port. */
const HOST = /^(?:\[[\da-f:.v]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d*)?$/i;

/** RFC 9112 §3.2: of several Node takes the first, and it takes any. Older versions need none. */
function namesOneHost({ rawHeaders, headers, httpVersion }: IncomingMessage): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts === 0 ? httpVersion !== '1.1' : hosts === 1 && HOST.test(headers.host ?? '');
}
