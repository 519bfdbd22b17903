import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { LimitedServer } from '#kernel/http/adapters/node-server.ts';
import { streamOnSocket } from '#kernel/http/adapters/socket-outlet.ts';
import { streamOf } from '#kernel/http/adapters/web-outlet.ts';
import { EventStream } from '#kernel/realtime/event-stream.ts';
import type { Outlet, StreamSource } from '#kernel/realtime/outlet.ts';
import { pause, until } from '#tests/support/until.ts';
import { startVirtualTime } from '#tests/support/virtual-time.ts';

const NOBODY = { owner: undefined, session: undefined, recheck: undefined };
const CHUNK = Buffer.alloc(16_384, 'x');

/** The other end of a stream. */
interface Reader {
  /** Reads to the end. Rejects where the stream was cut. */
  rest(): Promise<string>;
  leave(): void;
}

interface Way {
  readonly name: string;
  /** Sends a source to somebody who does not read until told to. */
  send(source: StreamSource): Promise<Reader>;
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

const overNode: Way = {
  name: 'node:http',
  async send(source) {
    server = createServer((request, response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      streamOnSocket(request, response, source);
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ port, host: '127.0.0.1', agent: false }, resolve).on('error', reject);
    });
    response.on('error', () => {});
    return {
      async rest() {
        let text = '';
        for await (const chunk of response) text += chunk;
        return text;
      },
      leave: () => response.destroy(),
    };
  },
};

const overWeb: Way = {
  name: 'a web stream',
  async send(source) {
    const reader = streamOf(source).getReader();
    return {
      async rest() {
        let text = '';
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return text;
          text += Buffer.from(value).toString();
        }
      },
      leave: () => void reader.cancel(),
    };
  },
};

describe.each([overNode, overWeb])('a stream over $name', ({ send }) => {
  const openOutlet = async (): Promise<{ outlet: Outlet; reader: Reader; closed: () => number }> => {
    let outlet: Outlet | undefined;
    let closed = 0;
    const reader = await send((given) => {
      outlet = given;
      given.onClose(() => closed++);
      given.write(Buffer.from('head\n'));
    });
    return { outlet: outlet as unknown as Outlet, reader, closed: () => closed };
  };

  test('that is ended is complete', async () => {
    const { outlet, reader, closed } = await openOutlet();
    outlet.write(Buffer.from('body\n'));
    outlet.end();
    expect(await reader.rest()).toBe('head\nbody\n');
    await until('its end is told', () => closed() === 1);
  });

  test('that is cut is not: the client can see it', async () => {
    const { outlet, reader, closed } = await openOutlet();
    outlet.cut();
    await expect(reader.rest()).rejects.toThrow();
    await until('its end is told', () => closed() === 1);
  });

  test('whose client leaves hears of it', async () => {
    const { reader, closed } = await openOutlet();
    reader.leave();
    await until('its end is told', () => closed() === 1);
  });

  test('that is not read is held back before much waits for it, and then cut', async () => {
    const time = await startVirtualTime();
    onTestFinished(time.end);
    const { outlet, closed } = await openOutlet();
    const stream = new EventStream(outlet, NOBODY, performance.now());
    let most = 0;
    let cutAfter = 0;
    // What the kernel's own buffers take has left us.
    while (!stream.closed) {
      const began = performance.now();
      await stream.sendPatiently(CHUNK);
      cutAfter = performance.now() - began;
      most = Math.max(most, outlet.queued);
    }
    expect(most).toBeLessThanOrEqual(32 * 1_024 + 2 * CHUNK.length);
    expect(cutAfter).toBeGreaterThan(4_500);
    await until('its end is told', () => closed() === 1);
  });

  test('is written to patiently as fast as it is read', async () => {
    const { outlet, reader } = await openOutlet();
    const stream = new EventStream(outlet, NOBODY, performance.now());
    const all = reader.rest();
    for (let chunks = 0; chunks < 400; chunks++) await stream.sendPatiently(CHUNK);
    stream.end();
    expect((await all).length).toBe(5 + 400 * CHUNK.length);
  });
});

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
