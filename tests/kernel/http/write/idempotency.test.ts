import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { created, setCookie } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { purging } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { runs } from '#tests/support/long.ts';
import { json, raw, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';
import { startVirtualTime } from '#tests/support/virtual-time.ts';

const Made = z.object({ n: z.int() });
const http = upstream('shop', { timeout: 400, attempts: 3, parallel: 64 }).asUser;
const contract = { summary: '', audience: 'personal', example: {}, answers: { 201: Made }, deadline: 1_000 } as const;
const body = { kind: 'json', schema: z.strictObject({ what: z.string() }) } as const;

const make = operation(
  { ...contract, id: 'make', route: 'POST /api/things', input: z.object({}), body, writes: { key: 'required' } },
  async (_, { need, body: { what }, key, decide }) => {
    if (what === 'refused') refuse('conflict', 'not this one');
    const draft = await decide(async () => ({ what, price: await need(http.get(path`price`, z.int())) }));
    const made = await need(purging(http.post(path`things`, draft, Made, { 'idempotency-key': key }), 'things'));
    return created(made, { at: `/api/things/${made.n}`, etag: `"${made.n}"` }).with(
      setCookie('made', String(made.n), 60),
    );
  },
);

/** Accepts a key, without needing one. */
const rename = operation(
  {
    ...contract,
    id: 'rename',
    route: 'POST /api/things/{id}/name',
    input: z.object({ id: z.string() }),
    example: { id: '1' },
    body,
  },
  async ({ id }, { need, body: { what }, key }) =>
    created(await need(http.post(path`names/${id}`, { what }, Made, { 'idempotency-key': key })), { at: '/' }),
);

/** As `rename`, under another id. */
const retitle = operation(
  { ...rename.contract, id: 'retitle', route: 'POST /api/things/{id}/title' },
  rename.code as never,
);

const OPERATIONS = [make, rename, retitle];

let shop: TestUpstream;
let engine: TestEngine;
/** What the upstream made, by key. */
let made: Map<string, number>;
let sent: string[];

beforeEach(async () => {
  made = new Map();
  sent = [];
  shop = await startUpstream();
  shop.on('/price', (response) => json(response, 100 + shop.count('/price')));
  shop.otherwise = (response, { headers, body: text }) => {
    const key = String(headers['idempotency-key']);
    sent.push(text);
    if (!made.has(key)) made.set(key, made.size + 1);
    json(response, { n: made.get(key) }, 201);
  };
  engine = startEngine({ shop: shop.url }, OPERATIONS);
});
afterEach(() => shop.close());

const send = (key: string | undefined, what = 'lamp', user = 'ada', target = '/api/things') =>
  engine.ask(
    target,
    { authorization: `Bearer ${user}`, ...(key !== undefined && { 'idempotency-key': key }) },
    { method: 'POST', body: { what } },
  );
const told = ({ status, json: { code } }: Awaited<ReturnType<typeof send>>) => [status, code];

describe('a key', () => {
  test('does once what is sent twice, and answers it again without cookies or effects', async () => {
    const first = await send('k-1');
    expect([first.status, first.json, first.headers.location]).toEqual([201, { n: 1 }, '/api/things/1']);
    expect(first.headers['set-cookie']).toMatch(/^made=1/);
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    const { sequence } = engine.engine.deps.tags;
    const again = await send('k-1');
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(again.headers).toMatchObject({ location: '/api/things/1', etag: '"1"', 'idempotency-replayed': 'true' });
    expect(again.headers).not.toHaveProperty('set-cookie');
    expect(engine.engine.deps.tags.sequence).toBe(sequence);
    expect(shop.count('/things')).toBe(1);
  });

  test('is one key, bare or quoted as a structured field', async () => {
    await send('"k \\"1\\""'.replace(' ', '-'));
    expect((await send('k-"1"')).headers).toMatchObject({ 'idempotency-replayed': 'true' });
    expect([...made.keys()]).toEqual(['k-"1"']);
  });

  test('that is missing where it is required, or that is none, is refused', async () => {
    expect(told(await send(undefined))).toEqual([400, 'idempotency-key-missing']);
    for (const bad of ['', '   ', 'ä', 'x'.repeat(256), '"open'.padEnd(300, 'x'), 'a b'])
      expect(told(await send(bad)), bad).toEqual([400, 'invalid-request']);
    expect(shop.count()).toBe(0);
    expect((await send(undefined, 'x', 'ada', '/api/things/1/name')).status).toBe(201);
  });

  test('stands for one request: another body, path or operation under it is refused', async () => {
    await send('k', 'lamp');
    expect(told(await send('k', 'chair'))).toEqual([422, 'idempotency-key-reused']);
    expect(told(await send('k', 'lamp', 'ada', '/api/things/1/name'))).toEqual([422, 'idempotency-key-reused']);
    await send('name', 'lamp', 'ada', '/api/things/1/name');
    expect(told(await send('name', 'lamp', 'ada', '/api/things/2/name'))).toEqual([422, 'idempotency-key-reused']);
    expect(told(await send('name', 'lamp', 'ada', '/api/things/1/title'))).toEqual([422, 'idempotency-key-reused']);
    expect((await send('k', 'lamp')).headers).toMatchObject({ 'idempotency-replayed': 'true' });
  });

  test('is its principal’s: another’s is another', async () => {
    await send('same', 'lamp', 'ada');
    const other = await send('same', 'chair', 'bo');
    expect([other.status, 'idempotency-replayed' in other.headers]).toEqual([201, false]);
  });

  test('that is under way is a conflict for all others, and answered once it is done', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const before = shop.otherwise;
    shop.otherwise = async (...given) => {
      await gate;
      await before(...given);
    };
    const first = send('k');
    const racers = await Promise.all(Array.from({ length: 20 }, () => send('k')));
    for (const racer of racers)
      expect([told(racer), racer.headers['retry-after']]).toEqual([[409, 'request-in-progress'], '1']);
    open();
    expect((await first).status).toBe(201);
    expect((await send('k')).headers).toMatchObject({ 'idempotency-replayed': 'true' });
    expect(shop.count('/things')).toBe(1);
  });

  test('of what was refused before anything happened is free again', async () => {
    expect(told(await send('k', 'refused'))).toEqual([409, 'conflict']);
    expect((await send('k', 'lamp')).status).toBe(201);
  });
});

describe('an unknown outcome', () => {
  const FAILURES: [string, TestUpstream['otherwise'], number][] = [
    ['a cut connection', (response) => response.destroy(), 502],
    ['a 500', (response) => json(response, {}, 500), 502],
    ['an answer that nobody can read', (response) => json(response, { n: 'one' }, 201), 502],
    ['an answer without end', (response) => raw(response, Buffer.alloc(3_000_000, 32), {}, 201), 502],
    ['no answer in time', () => {}, 504],
  ];
  test.each(FAILURES)(
    'after %s is reported as such, and the same request may be sent again, no other',
    async (_, fail, status) => {
      const time = await startVirtualTime();
      onTestFinished(time.end);
      engine = startEngine({ shop: shop.url }, OPERATIONS);
      const { otherwise } = shop;
      // It did happen; only the answer was lost.
      shop.otherwise = (response, seen, request) => {
        made.set(String(seen.headers['idempotency-key']), 7);
        sent.push(seen.body);
        return fail(response, seen, request);
      };
      expect(told(await send('k'))).toEqual([status, 'outcome-unknown']);
      shop.otherwise = otherwise;
      expect(told(await send('k', 'chair'))).toEqual([422, 'idempotency-key-reused']);
      const again = await send('k');
      expect([again.status, again.json]).toEqual([201, { n: 7 }]);
      // Prices have changed since; what was decided has not.
      expect(new Set(sent)).toEqual(new Set(['{"what":"lamp","price":101}']));
      expect(shop.count('/price')).toBe(1);
    },
  );

  test('keeps its key for the same request, with nothing decided as well', async () => {
    const { otherwise } = shop;
    shop.otherwise = (response) => void response.destroy();
    expect(told(await send('k', 'x', 'ada', '/api/things/1/name'))).toEqual([502, 'outcome-unknown']);
    shop.otherwise = otherwise;
    expect(told(await send('k', 'y', 'ada', '/api/things/1/name'))).toEqual([422, 'idempotency-key-reused']);
    expect((await send('k', 'x', 'ada', '/api/things/1/name')).status).toBe(201);
  });

  test('is none where the upstream can’t be reached, or says no', async () => {
    shop.otherwise = (response) => json(response, {}, 409);
    expect(told(await send('no', 'x', 'ada', '/api/things/1/name'))).toEqual([502, 'upstream-failed']);
    await shop.close();
    expect(told(await send('away', 'x', 'ada', '/api/things/1/name'))).toEqual([502, 'upstream-failed']);
  });

  test('of a write that is late is known once it has come to its end', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const slow = operation({ ...make.contract, id: 'slow', deadline: 30 }, async () =>
      gate.then(() => created({ n: 1 }, { at: '/api/things/1' })),
    );
    engine = startEngine({ shop: shop.url }, [slow]);
    expect(told(await send('k'))).toEqual([504, 'outcome-unknown']);
    expect(told(await send('k'))).toEqual([409, 'request-in-progress']);
    open();
    await engine.settled();
    expect((await send('k')).headers).toMatchObject({ 'idempotency-replayed': 'true', location: '/api/things/1' });
  });
});

test('whatever is sent in whatever order, each key has one effect and one answer', async () => {
  const request = fc.record({ user: fc.constantFrom('ada', 'bo'), key: fc.constantFrom('a', 'b', 'c') });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 12 }), async (requests) => {
      const run = Math.random().toString(36).slice(2);
      const before = shop.count('/things');
      const answers = await Promise.all(
        requests.map(async ({ user, key }) => {
          for (let tries = 0; tries < 200; tries++) {
            const answer = await send(`${run}-${user}-${key}`, 'lamp', user);
            if (answer.status !== 409) return { name: `${user}-${key}`, ...answer };
            await new Promise((resolve) => setImmediate(resolve));
          }
          throw new Error('in progress for ever');
        }),
      );
      const bodies = new Map(answers.map(({ name, text }) => [name, text]));
      for (const { name, status, text } of answers) expect([status, text]).toEqual([201, bodies.get(name)]);
      expect(shop.count('/things') - before).toBe(bodies.size);
    }),
    { numRuns: runs(25) },
  );
});
