import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { bounded } from '#host/server/fair-share.ts';
import { LimitedServer } from '#host/server/node-server.ts';

const HOST = '127.0.0.1';
/** Milliseconds that no test has. */
const PATIENCE = 3_600_000;
const MANY = 160;

const servers: LimitedServer[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    if (server.listening) await server.drain(PATIENCE);
  }
});

function serverOf(handle: (request: IncomingMessage, response: ServerResponse) => void): LimitedServer {
  const server = new LimitedServer(handle);
  servers.push(server);
  return server;
}

const arrive = (port: number): Socket[] =>
  Array.from({ length: MANY }, () => {
    const socket = connect({ port, host: HOST }).on('error', () => {});
    sockets.push(socket);
    return socket;
  });

// Where ports can't be shared, one connection is accepted in a turn.
test.runIf(process.platform === 'linux')('who arrives at once does not wait for a turn each', async () => {
  const server = serverOf((_, response) => response.end());
  const port = await server.open({ port: 0, host: HOST });
  let accepted = 0;
  server.on('connection', () => accepted++);
  const clients = arrive(port);
  await Promise.all(clients.map((client) => once(client, 'connect')));
  let turns = 0;
  for (; accepted < MANY; turns++) await turn();
  expect(turns).toBeLessThan(MANY / 2);
});

test('a port that is taken is said to be, whether by one of ours or by another program', async () => {
  const server = serverOf((_, response) => response.end());
  const port = await server.open({ port: 0, host: HOST });
  await expect(serverOf(() => {}).open({ port, host: HOST })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  const other = serverOf((_, response) => response.end());
  other.listen(0, HOST);
  await once(other, 'listening');
  const { port: theirs } = other.address() as { port: number };
  await expect(serverOf(() => {}).open({ port: theirs, host: HOST })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('draining waits for what is under way on any of them, and then none takes a connection', async () => {
  const open: ServerResponse[] = [];
  const server = serverOf((_, response) => void open.push(response));
  const port = await server.open({ port: 0, host: HOST });
  const clients = arrive(port);
  for (const client of clients) client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  while (open.length < MANY) await turn();
  const answers = Promise.all(clients.map(async (client) => Buffer.concat(await client.toArray()).toString()));
  let isOver = false;
  const drained = server.drain(PATIENCE).then(() => {
    isOver = true;
  });
  for (const response of open) {
    expect(isOver).toBe(false);
    response.end('whole');
  }
  for (const answer of await answers) expect(answer).toMatch(/\r\nConnection: close\r\n[\s\S]*whole/);
  await drained;
  await expect(once(connect({ port, host: HOST }), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('as many connections as there may be are counted over all of them, and a place that is left is taken again', () => {
  const accept = bounded(3, 2);
  const closing: (() => void)[] = [];
  const come = (remoteAddress: string) => {
    let isCut = false;
    const socket = {
      remoteAddress,
      destroyed: true,
      destroy: () => {
        isCut = true;
      },
      once: (_: string, listener: () => void) => closing.push(listener),
    };
    accept(socket as unknown as Socket);
    return !isCut;
  };
  expect(['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.3'].map(come)).toEqual([
    true,
    true,
    false,
    true,
    false,
  ]);
  closing[0]?.();
  expect(['192.0.2.3', '192.0.2.4'].map(come)).toEqual([true, false]);
});
