import cluster from 'node:cluster';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** So many connections are accepted in a turn of the loop. */
const ACCEPTORS = 16;
/** Only here does the kernel share connections out between sockets of one port. What accepts for workers does so alone. */
const SHARES_PORTS = process.platform === 'linux' && !cluster.isWorker;

export interface ListenOptions {
  /** 0 for any that is free. */
  readonly port: number;
  readonly host: string;
}

/**
 * Listens on a port through several sockets (SO_REUSEPORT); resolves with the others beside the server's own, which want
 * to be closed with it. Rejects with EADDRINUSE where another process
 * listens, but for one that begins within the same millisecond.
 *
 * libuv accepts one connection of a socket in each turn of the loop. A busy process has a few dozen turns a second: a
 * health check, which comes on a connection of its own, would wait for seconds behind clients that arrive at once.
 */
export async function listenThroughMany(server: HttpServer, { port, host }: ListenOptions): Promise<Server[]> {
  if (!SHARES_PORTS) {
    await listening(server, { port, host });
    return [];
  }
  // A process that shares its port with another is not told so: a socket that does not share is.
  if (port !== 0) await closed(await listening(createServer(), { port, host }));
  await listening(server, { port, host, reusePort: true });
  const taken = (server.address() as AddressInfo).port;
  const others = Array.from({ length: ACCEPTORS - 1 }, () =>
    createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket)),
  );
  try {
    await Promise.all(others.map((other) => listening(other, { port: taken, host, reusePort: true })));
  } catch (thrown) {
    for (const one of [server, ...others]) one.close();
    throw thrown;
  }
  return others;
}

async function listening<S extends Server>(server: S, options: ListenOptions & { reusePort?: boolean }): Promise<S> {
  server.listen(options);
  await once(server, 'listening');
  return server;
}

async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
