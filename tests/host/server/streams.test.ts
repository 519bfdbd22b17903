import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { LimitedServer } from '#host/server/node-server.ts';
import { streamOnSocket } from '#kernel/http/adapters/socket-outlet.ts';
import type { Outlet } from '#kernel/realtime/outlet.ts';
import { pause, until } from '#tests/support/until.ts';
import { startVirtualTime } from '#tests/support/virtual-time.ts';

const CHUNK = Buffer.alloc(16_384, 'x');

describe('a connection on which there is a stream', () => {
  let limited: LimitedServer;
  let outlet: Outlet | undefined;
  let closed: number;
  const failures: unknown[] = [];
  beforeEach(async () => {
    [outlet, closed] = [undefined, 0];
    limited = new LimitedServer((request, response) => {
      if (request.url !== '/stream') {
        response.end('plain');
        return;
      }
      response.writeHead(200, { connection: 'close' });
      streamOnSocket(request, response, (given) => {
        outlet = given;
        given.onClose(() => closed++);
        given.write(Buffer.from('head\n'));
      });
    });
    limited.on('clientError', (error) => failures.push(error));
    await new Promise<void>((resolve) => limited.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    outlet?.cut();
    await limited.drain(1_000);
    expect(failures).toEqual([]);
  });

  /** What has come, and whether it is over. */
  async function dial(...requests: string[]) {
    const socket = connect({ port: (limited.address() as AddressInfo).port, host: '127.0.0.1' });
    const heard = { text: '', over: false };
    socket.setEncoding('latin1').on('data', (text) => {
      heard.text += text;
    });
    socket
      .on('error', () => undefined)
      .on('close', () => {
        heard.over = true;
      });
    for (const request of requests) socket.write(request);
    return { socket, heard };
  }
  const stream = 'GET /stream HTTP/1.1\r\nHost: x\r\n\r\n';
  const plain = 'GET /plain HTTP/1.1\r\nHost: x\r\n\r\n';

  test('may have had other answers before, has none after it, and ends with it', async () => {
    const { socket, heard } = await dial(plain);
    await until('it is answered', () => heard.text.endsWith('plain'));
    socket.write(stream);
    await until('it has begun', () => heard.text.endsWith('\r\n\r\n5\r\nhead\n\r\n'));
    expect(heard.text).toMatch(/\r\nTransfer-Encoding: chunked\r\n/);
    socket.write(plain);
    await pause(50);
    outlet?.write(Buffer.from('more'));
    outlet?.end();
    await until('it is over', () => heard.over && closed === 1);
    expect(heard.text.split('head\n\r\n')[1]).toBe('4\r\nmore\r\n0\r\n\r\n');
  });

  test('is cut where more was asked for in the same breath', async () => {
    const { heard } = await dial(stream + plain);
    await until('it is over', () => heard.over);
    expect(heard.text).not.toContain('plain');
    expect(closed).toBe(outlet === undefined ? 0 : 1);
  });

  test('has no chunks where its client knows none', async () => {
    const { heard } = await dial('GET /stream HTTP/1.0\r\nHost: x\r\n\r\n');
    await until('it has begun', () => heard.text.endsWith('\r\n\r\nhead\n'));
    outlet?.end();
    await until('it is over', () => heard.over && closed === 1);
    expect(heard.text.endsWith('\r\n\r\nhead\n')).toBe(true);
  });

  test('is over once its client sends no more', async () => {
    const { socket, heard } = await dial(stream);
    await until('it has begun', () => heard.text.endsWith('head\n\r\n'));
    socket.end();
    await until('it is over', () => heard.over && closed === 1);
  });

  test('counts for the server, which lets no client hold up its end', async () => {
    const time = await startVirtualTime();
    onTestFinished(time.end);
    const { socket, heard } = await dial(stream);
    await until('it has begun', () => heard.text.endsWith('head\n\r\n'));
    expect(await new Promise((resolve) => limited.getConnections((_, count) => resolve(count)))).toBe(1);
    socket.pause();
    for (let chunks = 0; chunks < 1_000; chunks++) outlet?.write(CHUNK);
    outlet?.end();
    // Its own patience would be more than a test has.
    await limited.drain(1_000_000_000);
    socket.destroy();
  });
});
