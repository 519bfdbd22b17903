import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LimitedServer } from '#host/server/node-server.ts';
import { bytesOf, openWire, type Wire } from '#tests/hosts/wire.ts';
import { pause, until } from '#tests/support/until.ts';

let server: LimitedServer;
let wire: Wire;
let handle: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  handle = (_, response) => response.end('ok');
  server = new LimitedServer((request, response) => handle(request, response), {
    publicUrl: 'https://shop.test',
    lookEvery: 20,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  wire = await openWire((server.address() as AddressInfo).port);
});
afterEach(() => {
  wire.close();
  server.closeAllConnections();
  server.close();
});

const CHUNKED = ['Host: x', 'Transfer-Encoding: chunked'];

test.each<[string, string, number, string]>([
  ['an expectation', bytesOf('GET', '/', ['Host: x', 'Expect: miracles']), 417, 'invalid-request'],
  [
    'one with a body',
    `${bytesOf('POST', '/', ['Host: x', 'Expect: a', 'Content-Length: 1'])}a`,
    417,
    'invalid-request',
  ],
  ['no host', bytesOf('GET', '/', []), 400, 'invalid-request'],
  ['two hosts', bytesOf('GET', '/', ['Host: x', 'Host: y']), 400, 'invalid-request'],
  ...['a/b', 'shop.test:x', 'a b', 'user@shop.test', '[::1', '[x]', 'a%zz', 'shop.test:1:2', 'a?b', 'é'].map(
    (host) =>
      [`the host ${host}`, bytesOf('GET', '/', [`Host: ${host}`]), 400, 'invalid-request'] as [
        string,
        string,
        number,
        string,
      ],
  ),
  ...['gzip, chunked', 'identity, chunked'].map((coding): [string, string, number, string] => [
    `the transfer coding ${coding}`,
    `${bytesOf('POST', '/', ['Host: x', `Transfer-Encoding: ${coding}`])}1\r\na\r\n0\r\n\r\n`,
    501,
    'invalid-request',
  ]),
  ['a target that is no path', bytesOf('GET', 'x:80'), 400, 'invalid-request'],
  ['what is not HTTP', 'HELO shop\r\n\r\n', 400, 'invalid-request'],
  ['a large head', bytesOf('GET', '/', ['Host: x', `Cookie: ${'c'.repeat(17_000)}`]), 431, 'headers-too-large'],
])('%s is refused as everything is, by a problem, and the connection ends', async (_, bytes, status, code) => {
  wire.send(bytes);
  const reply = await wire.read();
  const { headers, body } = reply ?? { headers: {} as Record<string, string>, body: '{}' };
  expect(reply?.status).toBe(status);
  expect(headers).toMatchObject({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    connection: 'close',
    date: expect.stringMatching(/GMT$/),
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'strict-transport-security': expect.stringContaining('max-age='),
  });
  const problem = JSON.parse(body);
  expect(problem).toMatchObject({ status, code, type: `https://shop.test/problems/${code}` });
  expect(problem.requestId).toBe(headers['x-request-id']);
  await wire.closed;
});

test('so is a head whose end does not come in time, though a byte keeps coming', async () => {
  server.headersTimeout = 200;
  server.requestTimeout = 400;
  wire.send('GET / HTTP/1.1\r\nHost: x\r\n');
  const drip = setInterval(() => wire.send('X-A: b\r\n'), 10);
  try {
    const reply = await wire.read();
    expect([reply?.status, JSON.parse(reply?.body ?? '{}').code]).toEqual([408, 'invalid-request']);
    await wire.closed;
  } finally {
    clearInterval(drip);
  }
});

test('drains within its patience though a client holds on', async () => {
  wire.send('GET / HTTP/1.1\r\nHost: x\r\n');
  await pause(50);
  const began = performance.now();
  await server.drain(200);
  expect(performance.now() - began).toBeGreaterThan(150);
  await wire.closed;
});

test('has a limit on everything that a client may hold: time, bytes, fields', () => {
  const { headersTimeout, requestTimeout, keepAliveTimeout, maxHeadersCount } = server;
  expect({ headersTimeout, requestTimeout, keepAliveTimeout, maxHeadersCount }).toEqual({
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    maxHeadersCount: 100,
  });
});

test('so is a body that can not be read, where its answer has not begun', async () => {
  handle = () => undefined;
  wire.send(`${bytesOf('POST', '/', CHUNKED)}1;${'e'.repeat(17_000)}\r\n`);
  const reply = await wire.read();
  expect([reply?.status, JSON.parse(reply?.body ?? '{}').code]).toEqual([413, 'body-too-large']);
  await wire.closed;
});

test.each([
  ['at once', (response: ServerResponse) => response.end('no')],
  ['in pieces', (response: ServerResponse) => response.writeHead(405, { 'Content-Length': 2 }).write('no')],
])('an answer that was written %s comes, though its request turns out to be broken', async (_, answer) => {
  handle = (_, response) => {
    response.statusCode = 405;
    answer(response);
  };
  wire.send(`${bytesOf('POST', '/', CHUNKED)}zz\r\n\r\n${bytesOf('GET', '/')}`);
  expect(await wire.read()).toMatchObject({ status: 405, body: 'no' });
  await wire.closed;
  expect(await wire.read()).toBeUndefined();
});

test('within an answer that has begun nothing else comes', async () => {
  let begun: ServerResponse | undefined;
  handle = (_, response) => {
    begun = response;
    response.writeHead(200, { 'Content-Length': 10 }).write('begun');
  };
  wire.send(bytesOf('POST', '/', CHUNKED));
  await until('it has begun', () => begun !== undefined);
  wire.send('zz\r\n');
  expect(await wire.read(), 'its other five bytes').toBeUndefined();
});

test.each(['', 'shop.test', 'SHOP.test.:8080', 'x:', '127.0.0.1:80', '[::1]:3000', '[::ffff:1.2.3.4]', 'a_b', 'a%20b'])(
  'the host %j is one',
  async (host) => {
    wire.send(bytesOf('GET', '/', [`Host: ${host}`]));
    expect((await wire.read())?.body).toBe('ok');
  },
);

test('who knows of no Host, as HTTP/1.0 does, is answered, and so is who waits with no body', async () => {
  wire.send('GET / HTTP/1.0\r\n\r\n');
  expect((await wire.read())?.body).toBe('ok');
  const { port } = server.address() as AddressInfo;
  const other = await openWire(port);
  other.send(bytesOf('GET', '/', ['Host: x', 'Expect: 100-continue', 'Connection: close']));
  expect(await other.read()).toMatchObject({ status: 200, body: 'ok' });
  other.close();
});
