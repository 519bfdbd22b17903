import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { streamOnSocket } from '#kernel/http/adapters/socket-outlet.ts';
import { streamOf } from '#kernel/http/adapters/web-outlet.ts';
import { EventStream } from '#kernel/realtime/event-stream.ts';
import type { Outlet, StreamSource } from '#kernel/realtime/outlet.ts';
import { until } from '#tests/support/until.ts';
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
