import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { limitServersOfOthers } from '#host/server/server-limits.ts';
import { bytesOf, openWire } from '#tests/hosts/wire.ts';

// A server that somebody else has made, as Next does: what we know of it is that it is one.
let server: Server;
let stop: () => void;
beforeAll(() => {
  stop = limitServersOfOthers({ perAddress: 2, publicUrl: 'https://shop.test' });
});
afterAll(() => stop());
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const GET = bytesOf('GET', '/', ['Host: x']);

async function serving(handle: Parameters<typeof createServer>[1]): Promise<number> {
  server = createServer({ keepAliveTimeout: 0 }, handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('begins no request of a connection before the answer to the one before it, from the first on', async () => {
  let [now, most, count] = [0, 0, 0];
  const port = await serving((_, response) => {
    most = Math.max(most, ++now);
    setImmediate(() => {
      now--;
      response.end(String(count++));
    });
  });
  const wire = await openWire(port);
  wire.send(GET.repeat(100));
  for (let at = 0; at < 100; at++) expect((await wire.read())?.body).toBe(String(at));
  expect(most).toBe(1);
  wire.close();
});

test('lets one address have so many connections, and no more', async () => {
  const port = await serving((_, response) => response.end('ok'));
  // The connection that shows that there is a server is not counted yet.
  const first = await openWire(port);
  const kept = [await openWire(port), await openWire(port)];
  const refused = connect(port, '127.0.0.1').on('error', () => {});
  await once(refused, 'close');
  for (const wire of kept) {
    wire.send(GET);
    expect((await wire.read())?.body).toBe('ok');
    wire.close();
  }
  first.close();
});

test('has our times and numbers, and says in our words what its parser can’t read', async () => {
  const port = await serving((_, response) => response.end('ok'));
  const wire = await openWire(port);
  wire.send(GET);
  await wire.read();
  const { headersTimeout, requestTimeout, maxRequestsPerSocket, maxHeadersCount } = server;
  expect({ headersTimeout, requestTimeout, maxRequestsPerSocket, maxHeadersCount }).toEqual({
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    maxRequestsPerSocket: 1_000,
    maxHeadersCount: 100,
  });
  wire.send('NONSENSE\r\n\r\n');
  const { status, headers, body } = (await wire.read()) ?? {};
  expect([status, headers?.['x-content-type-options'], JSON.parse(body ?? '{}').code]).toEqual([
    400,
    'nosniff',
    'invalid-request',
  ]);
  await wire.closed;
});

test('ends a connection with the last of its thousand requests, and refuses none of them', async () => {
  const port = await serving((_, response) => response.end('ok'));
  const wire = await openWire(port);
  const statuses: (number | undefined)[] = [];
  wire.send(GET.repeat(1_001));
  for (let at = 0; at < 1_001; at++) statuses.push((await wire.read())?.status);
  expect(statuses.slice(0, 1_000).every((status) => status === 200)).toBe(true);
  expect(statuses[1_000]).toBeUndefined();
  await wire.closed;
});

test('cuts off who takes nothing of an answer', async () => {
  const port = await serving((_, response) => response.end(Buffer.alloc(64 * 1024 * 1024)));
  const begun = once(server, 'request');
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.write(GET);
  const [, response] = await begun;
  const cut = once(response, 'close');
  // Half a minute passes.
  expect(response.socket.timeout).toBe(30_000);
  response.socket.emit('timeout');
  await cut;
  expect(response.writableFinished).toBe(false);
  socket.destroy();
});
