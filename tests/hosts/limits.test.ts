import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LimitedServer } from '#kernel/http/adapters/node-server.ts';
import { openWire } from './wire.ts';

let server: LimitedServer;
let port: number;

beforeEach(async () => {
  server = new LimitedServer((_, response) => response.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => server.closeAllConnections());

describe('the lean host’s server', () => {
  test('has a limit on everything that a client may hold: time, bytes, fields, sockets', () => {
    const { headersTimeout, requestTimeout, keepAliveTimeout, maxHeadersCount } = server;
    expect({ headersTimeout, requestTimeout, keepAliveTimeout }).toEqual({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
    });
    expect(maxHeadersCount).toBe(100);
  });

  test('cuts who never ends a head, though a byte keeps coming, and answers it 408', async () => {
    server.headersTimeout = 200;
    server.requestTimeout = 400;
    const wire = await openWire(port);
    wire.send('GET / HTTP/1.1\r\nHost: x\r\n');
    const drip = setInterval(() => wire.send('X-A: b\r\n'), 100);
    try {
      // The sockets are looked at every five seconds.
      expect((await wire.read())?.status).toBe(408);
      await wire.closed;
    } finally {
      clearInterval(drip);
    }
  });

  test('refuses a head of more than 16 KiB with 431, and a request without Host with 400', async () => {
    const [large, homeless] = await Promise.all([openWire(port), openWire(port)]);
    large.send(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'c'.repeat(17_000)}\r\n\r\n`);
    homeless.send('GET / HTTP/1.1\r\n\r\n');
    expect([(await large.read())?.status, (await homeless.read())?.status]).toEqual([431, 400]);
  });

  test('drains within its patience though a client holds on', async () => {
    const wire = await openWire(port);
    wire.send('GET / HTTP/1.1\r\nHost: x\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const began = performance.now();
    await server.drain(200);
    expect(performance.now() - began).toBeGreaterThan(150);
    await wire.closed;
  });
});
