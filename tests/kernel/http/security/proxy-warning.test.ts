import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { appendPeer } from '#host/server/peers.ts';
import { done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { answerAppended, answerNode } from '#kernel/http/adapters/node-adapter.ts';
import { answerWeb } from '#kernel/http/adapters/web-adapter.ts';
import { startEngine } from '#tests/support/engine.ts';

const common = {
  summary: '',
  audience: 'public',
  input: z.object({}),
  example: {},
  answers: { 204: undefined },
} as const;
const thing = operation({ ...common, id: 'thing', route: 'GET /api/thing', deadline: 500 }, async () => done());
const health = operation(
  { ...common, id: 'health', route: 'GET /api/health', probe: true, limit: false, deadline: 500 },
  async () => done(),
);

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function start(trustedProxies: number, door: 'node' | 'appended' | 'web') {
  const warned: string[] = [];
  const { engine } = startEngine({}, [thing, health], { trustedProxies, warn: (text) => void warned.push(text) });
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    if (door === 'node') return answerNode(engine, engine.routes, request, response);
    appendPeer(request);
    if (door === 'appended') return answerAppended(engine, engine.routes, request, response);
    const asked = new Request(`http://localhost${request.url}`, { headers: request.headers as Record<string, string> });
    void answerWeb(engine, engine.routes, asked).then(({ status }) => response.writeHead(status).end());
  };
  const server = createServer(handle).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const ask = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).status;
  return { warned, ask };
}

test.each(['node', 'appended', 'web'] as const)(
  'a proxy that is trusted and writes no address is reported, once (%s)',
  async (door) => {
    const { warned, ask } = await start(1, door);
    await ask('/api/health');
    await ask('/api/nothing');
    await ask('/api/thing', { 'x-forwarded-for': '192.0.2.1' });
    expect(warned).toEqual([]);
    for (const field of ['via', 'x-real-ip', 'accept']) expect(await ask('/api/thing', { [field]: 'x' })).toBeDefined();
    expect(warned).toEqual([
      expect.stringMatching(/TRUSTED_PROXIES is 1, but a request from 127\.0\.0\.1 has no X-Forw/),
    ]);
  },
);

test.each(['node', 'web'] as const)('where none is trusted there is nothing to say (%s)', async (door) => {
  const { warned, ask } = await start(0, door);
  await ask('/api/thing');
  await ask('/api/thing', { 'x-forwarded-for': '192.0.2.1' });
  expect(warned).toEqual([]);
});

test.each(['node', 'appended', 'web'] as const)(
  'one proxy less than promised is reported, once, beside those that write nothing (%s)',
  async (door) => {
    const { warned, ask } = await start(2, door);
    await ask('/api/health', { 'x-forwarded-for': '192.0.2.1' });
    await ask('/api/thing', { 'x-forwarded-for': '192.0.2.1, 192.0.2.2' });
    await ask('/api/thing', { 'x-forwarded-for': '192.0.2.9, 192.0.2.1, 192.0.2.2' });
    expect(warned).toEqual([]);
    await ask('/api/thing');
    for (const visitor of ['192.0.2.1', '192.0.2.3']) await ask('/api/thing', { 'x-forwarded-for': visitor });
    expect(warned).toEqual([
      expect.stringContaining('no X-Forwarded-For'),
      expect.stringMatching(/TRUSTED_PROXIES is 2, but a request from 127\.0\.0\.1 has only 1 of so many entries/),
    ]);
  },
);
