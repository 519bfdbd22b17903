import { buildConnector, Pool } from 'undici';
import type { Credential, TlsIdentity } from './credential.ts';
import { type RequestOptions, send, type WireResponse } from './transport.ts';

const CONNECT_TIMEOUT = 500;
/** Below common server settings, so that we close first: a reused socket that just died fails a call. */
const KEEP_ALIVE = 4_000;
const REQUESTS_PER_SOCKET = 10_000;

/** Sends one attempt to an upstream. */
export type Client = (method: string, path: string, requestOptions: RequestOptions) => Promise<WireResponse>;

/**
 * The keep-alive pool of one upstream in one lane: a socket that hangs costs no other lane or upstream. `tls` is asked
 * for our certificate at each new connection.
 */
export function createPool(baseUrl: string, connections: number, tls?: () => TlsIdentity): Pool {
  return new Pool(new URL(baseUrl).origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    connect: tls === undefined ? { timeout: CONNECT_TIMEOUT } : connectAs(tls),
    keepAliveTimeout: KEEP_ALIVE,
    keepAliveMaxTimeout: KEEP_ALIVE,
    maxRequestsPerClient: REQUESTS_PER_SOCKET,
  });
}

/** Connects with our certificate (RFC 8446 §4.4.2). A connector keeps TLS sessions: each certificate gets its own. */
function connectAs(tls: () => TlsIdentity): buildConnector.connector {
  let identity: TlsIdentity | undefined;
  let connect: buildConnector.connector | undefined;
  return (options, callback) => {
    const now = tls();
    if (connect === undefined || now !== identity) {
      identity = now;
      const { cert, key, ca } = now;
      connect = buildConnector({ timeout: CONNECT_TIMEOUT, allowH2: false, cert, key, ...(ca && { ca }) });
    }
    connect(options, callback);
  };
}

/** Sends to one upstream over a pool: what never changes between its calls is made once. */
export function createClient(baseUrl: string, pool: Pool, field?: Credential['field']): Client {
  const { pathname } = new URL(baseUrl);
  const base = pathname.endsWith('/') ? pathname : `${pathname}/`;
  return (method, path, requestOptions) => {
    // The token of a call takes precedence over an API key in the same field.
    if (field !== undefined && !names(requestOptions.headers, field[0])) requestOptions.headers.push(...field);
    return send(pool, method, base + path, requestOptions);
  };
}

/** Whether flat headers have a field of this name. Only names are compared, not values. */
const names = (headers: readonly string[], name: string) => headers.some((text, at) => at % 2 === 0 && text === name);
