import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { REST, type Rest } from '#host/server/lingering-response.ts';
import { LimitedServer } from '#host/server/node-server.ts';
import { parseVersion } from '#kernel/base/version.ts';
import { done } from '#kernel/contract/answer.ts';
import { signed } from '#kernel/contract/guard.ts';
import { operation } from '#kernel/contract/operation.ts';
import { answerNode } from '#kernel/http/adapters/node-adapter.ts';
import { routesOf } from '#kernel/http/engine/routing.ts';
import { authenticated } from '#kernel/identity/principal.ts';
import { bytesOf, openWire, type Wire } from '#tests/hosts/wire.ts';
import { bearerIs, startEngine } from '#tests/support/engine.ts';

const contract = { summary: '', input: z.object({}), example: {}, answers: { 204: undefined }, deadline: 500 } as const;
const body = { kind: 'json', schema: z.object({ n: z.number() }), limit: 1_000 } as const;
const OPERATIONS = [
  operation({ ...contract, id: 'look', route: 'GET /api/look', audience: 'public' }, async () => done()),
  operation({ ...contract, id: 'open', route: 'POST /api/open', audience: 'public', body }, async () => done()),
  operation({ ...contract, id: 'form', route: 'POST /api/form', audience: 'public', body, form: true }, async () =>
    done(),
  ),
  operation({ ...contract, id: 'mine', route: 'POST /api/mine', audience: 'personal', body }, async () => done()),
  operation(
    { ...contract, id: 'scarce', route: 'POST /api/scarce', audience: 'public', body, form: true, limit: 'logins' },
    async () => done(),
  ),
  operation({ ...contract, id: 'build', route: 'POST /api/build', audience: 'public', body, apps: true }, async () =>
    done(),
  ),
  operation(
    { ...contract, id: 'match', route: 'POST /api/match', audience: 'personal', body, writes: { match: true } },
    async () => done(),
  ),
  operation(
    { ...contract, id: 'keyed', route: 'POST /api/keyed', audience: 'personal', body, writes: { key: 'required' } },
    async () => done(),
  ),
  operation(
    {
      ...contract,
      id: 'hook',
      route: 'POST /api/hook',
      audience: 'public',
      headers: ['x-signature'],
      body: { kind: 'raw', types: ['application/json'], limit: 1_000 },
      guard: signed(
        () => false,
        (headers) => headers['x-signature'] === 'x',
      ),
    },
    async () => done(),
  ),
];
const JSON_TYPE = 'Content-Type: application/json';

/** What is refused before its body's end: status, request line and fields. */
const REFUSALS: readonly [status: number, method: string, target: string, fields: readonly string[]][] = [
  [400, 'POST', '/api/open?colour=red', [JSON_TYPE]],
  [401, 'POST', '/api/mine', [JSON_TYPE]],
  [401, 'POST', '/api/mine', [JSON_TYPE, 'Authorization: Bearer bad']],
  [403, 'POST', '/api/mine', [JSON_TYPE, 'Cookie: ana']],
  [403, 'POST', '/api/form', ['Content-Type: application/x-www-form-urlencoded', 'Sec-Fetch-Site: cross-site']],
  [404, 'POST', '/api/nothing', [JSON_TYPE]],
  [405, 'PUT', '/api/open', [JSON_TYPE]],
  [405, 'POST', '/api/look', []],
  [406, 'POST', '/api/open', [JSON_TYPE, 'Accept: text/html']],
  [413, 'POST', '/api/open', [JSON_TYPE]],
  [414, 'POST', `/api/open?q=${'a'.repeat(9_000)}`, [JSON_TYPE]],
  [415, 'POST', '/api/open', ['Content-Type: text/plain']],
  [415, 'POST', '/api/open', [JSON_TYPE, 'Content-Encoding: gzip']],
  [426, 'POST', '/api/build', [JSON_TYPE, 'X-App-Version: ios/1.0.0']],
  [428, 'POST', '/api/match', [JSON_TYPE, 'Authorization: Bearer ana']],
  [412, 'POST', '/api/match', [JSON_TYPE, 'Authorization: Bearer ana', 'If-Match: "a", "b"']],
  [400, 'POST', '/api/keyed', [JSON_TYPE, 'Authorization: Bearer ana']],
  [429, 'POST', '/api/scarce', [JSON_TYPE]],
  [429, 'POST', '/api/scarce', ['Content-Type: application/x-www-form-urlencoded', 'Sec-Fetch-Site: same-origin']],
  [401, 'POST', '/api/hook', [JSON_TYPE]],
  [401, 'POST', '/api/hook', [JSON_TYPE, 'X-Signature: y']],
  [413, 'POST', '/api/hook', [JSON_TYPE, 'X-Signature: x']],
  [415, 'POST', '/api/hook', ['Content-Type: text/plain', 'X-Signature: x']],
  [204, 'GET', '/api/look', []],
  [204, 'OPTIONS', '/api/open', []],
];

let server: LimitedServer | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A lean host's way through its server and its door. */
async function serving(rest: Rest = REST): Promise<Wire> {
  const { engine } = startEngine({}, OPERATIONS, {
    identify: (credentials) =>
      credentials.cookie === 'ana' ? authenticated('session', 'https://issuer.test', 'ana') : bearerIs(credentials),
    rateLimits: { logins: { quota: 1, seconds: 60 } },
    apps: {
      ios: { minimum: parseVersion('2.0.0'), recommended: undefined, store: 'https://store.test/' },
      android: { minimum: undefined, recommended: undefined, store: undefined },
    },
  });
  const routes = routesOf(OPERATIONS);
  server = new LimitedServer((request, response) => answerNode(engine, routes, request, response), { rest });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return openWire((server.address() as AddressInfo).port);
}

const LEFT = { bytes: 1_000_000, milliseconds: 60_000 };
const chunk = (length: number) => `${length.toString(16)}\r\n${'a'.repeat(length)}\r\n`;
/** More than node:http reads ahead. */
const MUCH = 300_000;
const FRAMINGS = [
  ['in chunks', 'Transfer-Encoding: chunked', chunk(2_000), `${chunk(MUCH)}0\r\n\r\n`],
  ['of a length', `Content-Length: ${MUCH}`, 'a'.repeat(2_000), 'a'.repeat(MUCH - 2_000)],
] as const;
const NEXT = bytesOf('GET', '/api/look');

async function useUp(wire: Wire, target: string): Promise<void> {
  if (target !== '/api/scarce') return;
  wire.send(`${bytesOf('POST', target, ['Host: x', JSON_TYPE, 'Content-Length: 7'])}{"n":1}`);
  expect((await wire.read())?.status).toBe(204);
}

describe.each(FRAMINGS)('a body %s', (_, framing, beginning, rest) => {
  const named = REFUSALS.map(([status, ...asked]) => [status, asked.flat().join(' ').slice(0, 80), ...asked] as const);
  test.each(named)(
    'that gets %i to %s holds up no request behind it',
    async (status, _name, method, target, fields) => {
      const wire = await serving(LEFT);
      await useUp(wire, target);
      const head = bytesOf(method, target, ['Host: x', ...fields, framing]);
      // Its answer comes before its end does.
      wire.send(head + beginning);
      expect((await wire.read())?.status).toBe(status);
      wire.send(rest + NEXT);
      expect((await wire.read())?.status).toBe(204);
      // And all of it in one go.
      wire.send(head + beginning + rest + NEXT + NEXT);
      expect([(await wire.read())?.status, (await wire.read())?.status, (await wire.read())?.status]).toEqual([
        status,
        204,
        204,
      ]);
      wire.close();
    },
  );
});

test.each([
  ['with its length', { 'Content-Length': '9' }],
  ['in chunks', {}],
])('an answer %s that comes before the body has ended is sent once', async (_, fields) => {
  server = new LimitedServer((_request, response) => response.writeHead(503, fields).end('Starting.'), { rest: LEFT });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const wire = await openWire((server.address() as AddressInfo).port);
  wire.send(bytesOf('POST', '/', ['Host: x', 'Content-Length: 10']));
  expect(await wire.read()).toMatchObject({ status: 503, body: 'Starting.' });
  wire.close();
});

test('a rest that is too much is not taken: the connection is closed', async () => {
  const wire = await serving({ ...LEFT, bytes: 10_000 });
  wire.send(bytesOf('POST', '/api/nothing', ['Host: x', 'Transfer-Encoding: chunked']) + chunk(100));
  const reply = await wire.read();
  expect(reply?.status).toBe(404);
  wire.send(chunk(20_000));
  await wire.closed;
});

test('a rest that is known to be too much is announced, and its client reads the answer before the end', async () => {
  const wire = await serving({ ...LEFT, bytes: 10_000 });
  wire.send(bytesOf('POST', '/api/nothing', ['Host: x', 'Content-Length: 20000']) + 'a'.repeat(100));
  const reply = await wire.read();
  expect([reply?.status, reply?.headers.connection]).toEqual([404, 'close']);
  wire.send('a'.repeat(19_900));
  await wire.closed;
});

test('a rest that does not come is not waited for', async () => {
  const wire = await serving({ ...LEFT, milliseconds: 20 });
  wire.send(bytesOf('POST', '/api/mine', ['Host: x', JSON_TYPE, 'Content-Length: 100']));
  expect((await wire.read())?.status).toBe(401);
  await wire.closed;
});

test('a body that its client leaves in the midst of leaves nothing behind', async () => {
  const wire = await serving(LEFT);
  wire.send(bytesOf('POST', '/api/mine', ['Host: x', JSON_TYPE, 'Content-Length: 100']));
  expect((await wire.read())?.status).toBe(401);
  wire.close();
  await new Promise<void>((resolve) => server?.close(() => resolve()));
});

describe('a client that waits with its body', () => {
  const WAITS = 'Expect: 100-continue';
  const GOOD = '{"n":1}';
  const head = (fields: readonly string[] = []) =>
    bytesOf('POST', '/api/open', ['Host: x', JSON_TYPE, WAITS, `Content-Length: ${GOOD.length}`, ...fields]);

  const named = REFUSALS.map(([status, ...asked]) => [status, asked.flat().join(' ').slice(0, 80), ...asked] as const);
  test.each(named)('hears %i for %s, and is asked for none of it', async (status, _, method, target, fields) => {
    const wire = await serving();
    await useUp(wire, target);
    wire.send(bytesOf(method, target, ['Host: x', WAITS, ...fields, `Content-Length: ${MUCH}`]));
    const reply = await wire.read();
    expect([reply?.status, reply?.headers.connection]).toEqual([status, 'close']);
  });

  test('is told to send what is wanted, and its connection lives on', async () => {
    const wire = await serving();
    wire.send(head());
    expect((await wire.read())?.status).toBe(100);
    wire.send(GOOD + NEXT);
    expect((await wire.read())?.status).toBe(204);
    expect((await wire.read())?.status).toBe(204);
  });

  test('is told in its turn, behind another request', async () => {
    const wire = await serving();
    wire.send(NEXT + head());
    expect((await wire.read())?.status).toBe(204);
    expect((await wire.read())?.status).toBe(100);
    wire.send(GOOD);
    expect((await wire.read())?.status).toBe(204);
  });

  test('and sends it all the same is answered as any other', async () => {
    const wire = await serving();
    wire.send(head() + GOOD + NEXT);
    const replies = [await wire.read(), await wire.read(), await wire.read()].map((reply) => reply?.status);
    expect(replies).toEqual([100, 204, 204]);
  });

  test('and wants to close keeps its word', async () => {
    const wire = await serving();
    wire.send(head(['Connection: close']));
    expect((await wire.read())?.status).toBe(100);
    wire.send(GOOD);
    const reply = await wire.read();
    expect([reply?.status, reply?.headers.connection]).toEqual([204, 'close']);
    await wire.closed;
  });
});
