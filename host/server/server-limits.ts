import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { processSingleton } from '#kernel/base/registry.ts';
import { TransientMap } from '#kernel/base/transient-map.ts';
import { bounded, onePerTurn } from './fair-share.ts';
import { bytesOfReply, lastReply, unread } from './own-refusals.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Node's defaults are too generous here: 60 s for a head, 300 s for a request, no limit on sockets. Milliseconds. */
export const TIMES = { headersTimeout: 10_000, requestTimeout: 30_000 } as const;
const MAX_CONNECTIONS = 15_000;
const MAX_HEADERS = 100;
/** Of one connection: a balancer spreads its clients anew. */
const MAX_REQUESTS = 1_000;
/** Milliseconds after which a client that takes none of its answer is cut off. */
const STUCK = 30_000;

/** What was not answered at once, or not taken at once by the kernel's buffers, by its connection. */
export type UnderWay = TransientMap<Socket, ServerResponse>;

/** `perAddress`: connections that one address may have at a time. `publicUrl`: our own origin, for the server's own answers. */
export interface ServerLimits {
  readonly perAddress: number | undefined;
  readonly publicUrl: string;
}

/** Bounds what clients may take of a server, and answers what its parser could not read. */
export function limitServer(server: Server, underWay: UnderWay, { perAddress, publicUrl }: ServerLimits): void {
  server.maxRequestsPerSocket = MAX_REQUESTS;
  server.maxHeadersCount = MAX_HEADERS;
  server.on('connection', bounded(MAX_CONNECTIONS, perAddress ?? Number.POSITIVE_INFINITY));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Nothing may come within an answer that has begun.
    const isWithin = underWay.get(socket)?.headersSent ?? false;
    if (socket.writable && !isWithin) socket.write(bytesOfReply(lastReply(publicUrl, unread(error.code))));
    // node:http holds back what was answered within this turn.
    while (socket.writableCorked > 0) socket.uncork();
    socket.destroy(error);
  });
}

/** Handles one request per turn of each connection, and cuts off a client that reads nothing of its answer. */
export function sharedFairly(handle: Handler, underWay: UnderWay, { stuck = STUCK, onEnd = () => {} } = {}): Handler {
  return onePerTurn((request, response) => {
    if (isLastOfMany(response)) response.shouldKeepAlive = false;
    handle(request, response);
    if (response.writableEnded && response.writableLength === 0) return;
    const { socket } = request;
    underWay.set(socket, response);
    response.once('close', () => {
      underWay.delete(socket, response);
      onEnd();
    });
    response.setTimeout(stuck, () => {
      if (response.writableLength > 0) response.socket?.destroy();
    });
  });
}

/** Node asks such a client to close, and would wait for that for ever. */
const isLastOfMany = (response: ServerResponse): boolean =>
  (response as { maxRequestsOnConnectionReached?: boolean }).maxRequestsOnConnectionReached === true;

/**
 * For hosts whose servers are not ours, such as Next's: each is limited from its first connection on. Returns what ends it
 * for servers that come later.
 */
export function limitServersOfOthers(limits: ServerLimits): () => void {
  const limited = processSingleton('limited servers', () => new WeakSet<Server>());
  const limit = (message: unknown) => {
    const { server } = (message as { readonly socket: Socket & { readonly server?: unknown } }).socket;
    if (!(server instanceof Server) || limited.has(server)) return;
    limited.add(server);
    const underWay: UnderWay = new TransientMap();
    const handlers = server.listeners('request') as Handler[];
    server.removeAllListeners('request');
    const handle: Handler = (request, response) => {
      for (const each of handlers) each.call(server, request, response);
    };
    server.on('request', sharedFairly(handle, underWay));
    limitServer(server, underWay, limits);
    Object.assign(server, TIMES);
  };
  subscribe('net.server.socket', limit);
  return () => unsubscribe('net.server.socket', limit);
}
