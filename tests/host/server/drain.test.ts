import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { LimitedServer } from '#host/server/node-server.ts';
import { pause } from '#tests/support/until.ts';

/** More than the buffers of both kernels take. */
const BIG = 32 * 1024 * 1024;
/** Milliseconds that no test has: whoever waits for it never comes to an end. */
const PATIENCE = 3_600_000;

async function serving(handler: (response: ServerResponse, target: string) => void) {
  const server = new LimitedServer((request, response) => handler(response, request.url ?? ''));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ask = (target: string): Socket => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
    return socket;
  };
  return { server, ask };
}

async function bytesIn(socket: Socket): Promise<number> {
  let bytes = 0;
  for await (const chunk of socket) bytes += (chunk as Buffer).length;
  return bytes;
}

test('an answer that ended before the server drains is read to its end, and holds nothing up afterwards', async () => {
  const { server, ask } = await serving((response) => response.end(Buffer.alloc(BIG)));
  const slow = ask('/');
  await once(slow, 'readable');
  const drained = server.drain(PATIENCE);
  await pause(50);
  expect(await bytesIn(slow)).toBeGreaterThan(BIG);
  await drained;
});

test('once its end is announced it takes what comes, each as the last on its connection', async () => {
  const { server, ask } = await serving((response) => response.end('a'));
  server.announceEnd();
  for (let time = 0; time < 3; time++) {
    const client = ask('/');
    const [answer] = await once(client, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(String(answer)).toMatch(/\r\nConnection: close\r\n/);
    await once(client, 'close');
  }
  await server.drain(PATIENCE);
});

test('an answer whose head was sent before holds nothing up once it is read', async () => {
  let rest: () => void = () => {};
  const { server, ask } = await serving((response) => {
    response.write('a');
    rest = () => response.end('z');
  });
  const client = ask('/');
  await once(client, 'readable');
  const drained = server.drain(PATIENCE);
  rest();
  expect(await bytesIn(client)).toBeGreaterThan(0);
  await drained;
});
