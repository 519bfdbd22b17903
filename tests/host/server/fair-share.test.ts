import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { LimitedServer } from '#host/server/node-server.ts';
import { streamOnSocket } from '#kernel/http/adapters/socket-outlet.ts';
import type { Outlet } from '#kernel/realtime/outlet.ts';
import { bytesOf, openWire } from '#tests/hosts/wire.ts';
import { pause, until } from '#tests/support/until.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

let server: LimitedServer;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  server.close();
});

async function serving(handle: Handle, limits: ConstructorParameters<typeof LimitedServer>[1] = {}): Promise<number> {
  server = new LimitedServer(handle, limits);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function open(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

const GET = bytesOf('GET', '/greedy');
const WAYS: readonly (readonly [string, (response: ServerResponse, at: number) => void])[] = [
  ['at once', (response, at) => response.end(String(at))],
  ['in a while', (response, at) => void setImmediate(() => response.end(String(at)))],
  ['by promises', async (response, at) => response.end(await Promise.resolve(String(at)))],
];

describe.each(WAYS)('many requests in one go, answered %s,', (_, answer) => {
  test('hold up no other, and are answered in their order', async () => {
    const order: string[] = [];
    let polite: Socket | undefined;
    const port = await serving((request, response) => {
      // Whoever asks once the first of them is under way is not made to wait for the last.
      if (order.push(request.url ?? '') === 1) polite?.write(bytesOf('GET', '/polite'));
      answer(response, order.length);
    });
    polite = await open(port);
    const wire = await openWire(port);
    wire.send(GET.repeat(500));
    const told: number[] = [];
    while (told.length < 500) told.push(Number((await wire.read())?.body));
    wire.close();
    expect(told).toEqual(told.toSorted((one, other) => one - other));
    expect(order.length).toBe(501);
    expect(order.indexOf('/polite')).toBeLessThan(100);
  });
});

test('bodies among them are read', async () => {
  const port = await serving(async (request, response) => {
    let length = 0;
    for await (const chunk of request) length += (chunk as Buffer).length;
    response.end(String(length));
  });
  const wire = await openWire(port);
  const post = (length: number) => bytesOf('POST', '/', ['Host: x', `Content-Length: ${length}`]) + 'a'.repeat(length);
  const lengths = [1, 200_000, 0, 70_000, 3];
  wire.send(lengths.map(post).join(''));
  for (const length of lengths) expect((await wire.read())?.body).toBe(String(length));
  wire.close();
});

test('what is not answered yet is not read on and on', async () => {
  let first: ServerResponse | undefined;
  const port = await serving((_, response) => {
    first ??= response;
  });
  let parsed = 0;
  for (const event of ['request', 'dropRequest']) server.on(event, () => parsed++);
  const socket = await open(port);
  socket.write(GET.repeat(100_000));
  await until('the first is under way', () => first !== undefined);
  await pause(50);
  // No more than one read of the socket, and the one that was on its way.
  expect(parsed).toBeLessThan(6_000);
});

test('a connection ends after so many requests', async () => {
  const port = await serving((_, response) => response.end());
  const wire = await openWire(port);
  wire.send(GET.repeat(1_100));
  for (let count = 1; count < 1_000; count++) await wire.read();
  expect((await wire.read())?.headers.connection).toBe('close');
  await wire.closed;
  expect(await wire.read()).toBeUndefined();
});

describe('a reader', () => {
  const BIG = Buffer.alloc(32 * 1024 * 1024);
  const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));

  test.each<[string, Handle]>([
    ['all at once', (_, response) => response.end(BIG)],
    ['in a while', (_, response) => void setImmediate(() => response.end(BIG))],
    ['in pieces', (_, response) => void (response.write(BIG) && response.end())],
  ])('who takes nothing of what is sent %s is cut', async (_, handle) => {
    const port = await serving(handle, { stuck: 50 });
    const socket = await open(port);
    socket.pause();
    socket.write(GET);
    let left = 1;
    await until('it is cut', () => {
      connections().then((count) => {
        left = count;
      });
      return left === 0;
    });
  });

  test('who waits for an answer is not', async () => {
    let late: ServerResponse | undefined;
    const port = await serving(
      (_, response) => {
        late = response;
      },
      { stuck: 20 },
    );
    const wire = await openWire(port);
    wire.send(GET);
    await until('it is asked', () => late !== undefined);
    await pause(100);
    late?.end('here');
    expect((await wire.read())?.body).toBe('here');
    wire.close();
  });
});

describe('connections of one address', () => {
  const asked = async (socket: Socket) => {
    socket.write(GET);
    const [answer] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    return Buffer.isBuffer(answer);
  };

  test('are so many at a time, streams among them, and another has its own', async () => {
    let outlet: Outlet | undefined;
    const port = await serving(
      (request, response) => {
        if (request.url === '/greedy') response.end('x');
        else {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          streamOnSocket(request, response, (given) => {
            outlet = given;
          });
        }
      },
      { perAddress: 2 },
    );
    const stream = await open(port);
    stream.write(bytesOf('GET', '/stream'));
    await until('it streams', () => outlet !== undefined);
    const second = await open(port);
    expect(await asked(second)).toBe(true);
    expect(await asked(await open(port))).toBe(false);
    expect(await asked(await open(port, '127.0.0.2'))).toBe(true);
    outlet?.cut();
    await once(stream.resume(), 'close');
    expect(await asked(await open(port))).toBe(true);
    second.destroy();
    await once(second, 'close');
  });
});
