import { Pool } from 'undici';
import { type RequestOptions, send, type WireResponse } from './transport.ts';

const CONNECT_TIMEOUT = 500;
/** Below common server settings, so that we close first: a reused socket that just died fails a call. */
const KEEP_ALIVE = 4_000;
const REQUESTS_PER_SOCKET = 10_000;

/** Sends one attempt to an upstream. */
export type Client = (method: string, path: string, requestOptions: RequestOptions) => Promise<WireResponse>;

/** The keep-alive pool of one upstream in one lane: a socket that hangs costs no other lane or upstream. */
export function createPool(baseUrl: string, connections: number): Pool {
  return new Pool(new URL(baseUrl).origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: CONNECT_TIMEOUT },
    keepAliveTimeout: KEEP_ALIVE,
    keepAliveMaxTimeout: KEEP_ALIVE,
    maxRequestsPerClient: REQUESTS_PER_SOCKET,
  });
}

/** Sends to one upstream over a pool: what never changes between its calls is made once. */
export function createClient(baseUrl: string, pool: Pool, authorization?: string): Client {
  const { pathname } = new URL(baseUrl);
  const base = pathname.endsWith('/') ? pathname : `${pathname}/`;
  return (method, path, requestOptions) => {
    // The user's own credential, where a call carries it, goes before ours.
    if (authorization !== undefined && !names(requestOptions.headers, 'authorization')) {
      requestOptions.headers.push('authorization', authorization);
    }
    return send(pool, method, base + path, requestOptions);
  };
}

/** Whether a field of this name is among flat headers; a value of that text is none. */
const names = (headers: readonly string[], name: string) => headers.some((text, at) => at % 2 === 0 && text === name);
