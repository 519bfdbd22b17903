import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { done, ok } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { optional, required, subject } from '#kernel/flow/section.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { NOTHING, upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { retryAfterOf } from '#kernel/upstream/exchange/retry.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { type Handler, json, raw, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ n: z.int() });
const policy = { timeout: 20_000, attempts: 1, parallel: 8 };
const shop = upstream('shop', policy);
const patient = upstream('patient', { ...policy, attempts: 2 });
const plain = upstream('plain', { ...policy, ownErrors: 'any' });
const kept = cache.for('1h').staleOnError('1h').tagged('thing');
const input = z.object({ id: z.string() });
const contract = { summary: '', audience: 'either', input, example: { id: '1' }, deadline: 30_000 } as const;
const output = z.object({ thing: Thing });

const read = operation({ ...contract, id: 'read', route: 'GET /api/things/{id}', output }, ({ id }, { all }) =>
  all({ thing: subject(shop.get(path`things/${id}`, Thing, kept)) }, (v) => v),
);
const readPlain = operation({ ...contract, id: 'readPlain', route: 'GET /api/plain/{id}', output }, ({ id }, { all }) =>
  all({ thing: subject(plain.get(path`things/${id}`, Thing, kept)) }, (v) => v),
);
const readTwice = operation({ ...contract, id: 'readTwice', route: 'GET /api/twice/{id}', output }, ({ id }, { all }) =>
  all({ thing: subject(patient.get(path`things/${id}`, Thing, kept)) }, (v) => v),
);
const readOwn = operation({ ...contract, id: 'readOwn', route: 'GET /api/own/{id}', output }, ({ id }, { all }) =>
  all({ thing: required(shop.asUser.get(path`own/${id}`, Thing)) }, (v) => v),
);
const without = operation(
  { ...contract, id: 'without', route: 'GET /api/without/{id}', output: z.object({ thing: Thing.optional() }) },
  ({ id }, { all }) =>
    all({ thing: optional(shop.get(path`things/${id}`, Thing, kept)) }, ({ thing }) => (thing ? { thing } : {})),
);
const remove = operation(
  { ...contract, id: 'remove', route: 'DELETE /api/things/{id}', answers: { 204: undefined } },
  async ({ id }, { need }) => {
    await need(shop.delete(path`things/${id}`));
    return done();
  },
);
const change = operation(
  { ...contract, id: 'change', route: 'PUT /api/things/{id}', answers: { 200: z.object({ n: z.int().optional() }) } },
  async ({ id }, { need }) => ok((await need(shop.patch(path`things/${id}`, {}, Thing.optional()))) ?? {}),
);
const tell = operation(
  { ...contract, id: 'tell', route: 'POST /api/things/{id}', answers: { 204: undefined } },
  async ({ id }, { need }) => {
    await need(shop.post(path`things/${id}`, {}, NOTHING));
    return done();
  },
);
const create = operation(
  { ...contract, id: 'create', route: 'POST /api/new/{id}', answers: { 200: Thing } },
  async ({ id }, { need }) => ok(await need(shop.post(path`things/${id}`, {}, Thing))),
);

const ADA = { authorization: 'Bearer ada' };
let upstreams: TestUpstream;
let engine: TestEngine;
beforeEach(async () => {
  upstreams = await startUpstream();
  engine = startEngine({ shop: upstreams.url, patient: upstreams.url, plain: upstreams.url }, [
    read,
    readTwice,
    readPlain,
    readOwn,
    without,
    remove,
    change,
    tell,
    create,
  ]);
});
afterEach(() => upstreams.close());
const answers = (handler: Handler) => {
  upstreams.otherwise = handler;
};

describe('an upstream that says when to come back', () => {
  const busy =
    (status: number, after: string): Handler =>
    (response) =>
      raw(response, '{}', { 'content-type': 'application/json', 'retry-after': after }, status);

  test.each([429, 503])('with %i is not asked for it before, and the client hears when', async (status) => {
    answers(busy(status, '30'));
    for (let times = 0; times < 20; times++) {
      const { headers, status: told } = await engine.ask('/api/things/1');
      expect(told).toBe(502);
      expect(Number(headers['retry-after'])).toBeGreaterThan(20);
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(30);
    }
    expect(upstreams.count()).toBe(1);
    expect((await engine.ask('/api/without/1')).sections).toEqual({
      thing: { state: 'missing', reason: 'unavailable' },
    });
    expect(upstreams.count()).toBe(1);
    await engine.ask('/api/things/1', ADA, { method: 'DELETE' });
    expect(upstreams.count()).toBe(2);
  });

  test('for too long is asked again after five minutes', async () => {
    answers(busy(503, '999999'));
    expect((await engine.ask('/api/things/1')).headers['retry-after']).toBe('300');
  });

  test('to one customer says nothing to another', async () => {
    answers(busy(429, '30'));
    for (const user of ['ada', 'ada', 'bob']) await engine.ask('/api/own/1', { authorization: `Bearer ${user}` });
    expect(upstreams.count()).toBe(2);
  });

  test('an old value stands in meanwhile', async () => {
    answers((response) => json(response, { n: 1 }));
    await engine.ask('/api/things/1');
    answers(busy(503, '30'));
    engine.purge('thing');
    for (const _ of [1, 2]) {
      engine.purge('thing');
      expect(await engine.ask('/api/things/1')).toMatchObject({ status: 200, sections: { thing: { state: 'stale' } } });
    }
    expect(upstreams.count()).toBe(2);
  });

  test.each([
    ['500', 500, '30'],
    ['no time', 503, 'soon'],
    ['at once', 503, '0'],
  ])('%s: is asked as ever', async (_, status, after) => {
    answers(busy(status, after));
    await engine.ask('/api/things/1');
    await engine.ask('/api/things/1');
    expect(upstreams.count()).toBe(2);
  });

  test('may say so in each of the three forms of a date', () => {
    const now = Date.UTC(1994, 10, 6, 8, 49, 7);
    for (const text of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])
      expect(retryAfterOf(text, now), text).toBe(30_000);
    for (const text of ['soon', '-1', '1.5', 'Sun', 'Monday']) expect(retryAfterOf(text, now)).toBeUndefined();
  });
});

describe('a 404', () => {
  const html = { 'content-type': 'text/html' };
  test.each<[string, Record<string, string>, number]>([
    ['in JSON', { 'content-type': 'application/json' }, 404],
    ['as a problem', { 'content-type': 'application/problem+json; charset=utf-8' }, 404],
    ['of an ingress', html, 502],
    ['in plain text', { 'content-type': 'text/plain' }, 502],
    ['that says nothing of itself', {}, 502],
  ])('%s', async (_, headers, status) => {
    for (const code of [404, 410]) {
      answers((response) => raw(response, '{}', headers, code));
      expect((await engine.ask(`/api/things/${code}`)).status).toBe(status);
    }
    answers((response) => json(response, { n: 1 }));
    // Only what its upstream has said is remembered.
    expect((await engine.ask('/api/things/404')).status).toBe(status === 404 ? 404 : 200);
  });

  test('of something on the way leaves the last good value', async () => {
    answers((response) => json(response, { n: 1 }));
    await engine.ask('/api/things/1');
    answers((response) => raw(response, '<h1>404</h1>', html, 404));
    for (const _ of [1, 2]) {
      engine.purge('thing');
      expect(await engine.ask('/api/things/1')).toMatchObject({ status: 200, sections: { thing: { state: 'stale' } } });
    }
  });

  test('of whatever form counts where the menu says so', async () => {
    answers((response) => raw(response, '', {}, 404));
    expect((await engine.ask('/api/plain/1')).status).toBe(404);
  });
});

describe('a 401 or 403', () => {
  const html = { 'content-type': 'text/html' };
  const own: readonly [string, Record<string, string>, string][] = [
    ['in JSON', { 'content-type': 'application/problem+json' }, '{}'],
    ['without a word', {}, ''],
    ['of a type, and empty', html, ''],
  ];
  const onTheWay: readonly [string, Record<string, string>, string][] = [
    ['of an ingress', html, '<h1>Forbidden</h1>'],
    ['of a mesh', { 'content-type': 'text/plain' }, 'RBAC: access denied'],
    ['of a gateway', { 'content-type': 'application/xml' }, '<Error/>'],
  ];

  test.each(own)('%s is the upstream’s', async (_, headers, body) => {
    for (const code of [401, 403]) {
      answers((response) => raw(response, body, headers, code));
      expect((await engine.ask('/api/own/1', ADA)).status).toBe(code);
      expect((await engine.ask('/api/things/1', ADA, { method: 'PUT' })).json).toMatchObject({
        code: 'upstream-failed',
      });
    }
  });

  test('that challenges for a bearer is the upstream’s, in whatever form', async () => {
    const challenge = { 'content-type': 'text/plain', 'www-authenticate': 'Bearer error="invalid_token"' };
    answers((response) => raw(response, 'Unauthorized', challenge, 401));
    expect((await engine.ask('/api/own/1', ADA)).status).toBe(401);
  });

  test('of something on the way, again and again, opens no breaker; a 404 of it does', async () => {
    for (const [code, last] of [
      [403, 200],
      [404, 503],
    ] as const) {
      answers((response) => raw(response, '<h1>No</h1>', html, code));
      for (let times = 0; times < 30; times++) await engine.ask(`/api/things/${code}.${times}`);
      answers((response) => json(response, { n: 1 }));
      expect((await engine.ask(`/api/things/${code}.last`)).status).toBe(last);
    }
  });

  test.each(onTheWay)('%s says nothing of the customer, and a write was not done', async (_, headers, body) => {
    for (const code of [401, 403]) {
      answers((response) => raw(response, body, { ...headers, 'retry-after': '7' }, code));
      const told = await engine.ask('/api/own/1', ADA);
      expect({ status: told.status, after: told.headers['retry-after'] }).toEqual({ status: 502, after: '7' });
      expect((await engine.ask('/api/things/1', ADA, { method: 'PUT' })).json).toMatchObject({
        code: 'upstream-failed',
      });
    }
  });

  test.each([...own, ...onTheWay])(
    '%s leaves the last good value where it was asked for in our name',
    async (...by) => {
      const [, headers, body] = by;
      answers((response) => json(response, { n: 1 }));
      await engine.ask('/api/things/1');
      answers((response) => raw(response, body, headers, 403));
      engine.purge('thing');
      expect(await engine.ask('/api/things/1')).toMatchObject({ status: 200, sections: { thing: { state: 'stale' } } });
    },
  );

  test('in our name, with no value yet, is our upstream’s failure', async () => {
    answers((response) => json(response, {}, 403));
    expect((await engine.ask('/api/things/1')).json).toMatchObject({ status: 502, code: 'upstream-failed' });
  });
});

describe('a write that was done', () => {
  const forms: readonly [string, Handler][] = [
    ['200 with another body', (response) => json(response, { deleted: true })],
    ['200 with what is no JSON', (response) => raw(response, 'OK', { 'content-type': 'text/plain' })],
    ['202', (response) => raw(response, '', {}, 202)],
    ['204', (response) => void response.writeHead(204).end()],
    ['205', (response) => void response.writeHead(205).end()],
    ['201 and nothing', (response) => raw(response, '', {}, 201)],
  ];
  test.each(forms)('is done, whatever it is answered with, where it is not read: %s', async (_, handler) => {
    answers(handler);
    expect((await engine.ask('/api/things/1', ADA, { method: 'DELETE' })).status).toBe(204);
    expect((await engine.ask('/api/things/1', ADA, { method: 'POST' })).status).toBe(204);
  });

  const asJson =
    (text: string): Handler =>
    (response) =>
      raw(response, text, { 'content-type': 'application/json' });
  const misfits: readonly [string, Handler][] = [
    ['a member of the wrong kind', asJson('{"n":"one"}')],
    ['a doubled member', asJson('{"n":1,"n":2}')],
    ['JSON that ends too early', asJson('{"n":')],
    ['a number that lost digits', asJson('{"n":12345678901234567890}')],
  ];
  const accepted: [string, Handler] = ['202 and a word', (response) => json(response, { status: 'accepted' }, 202)];

  test.each(misfits)('is noted in the ledger where its value could not be taken: %s', async (_, handler) => {
    answers(handler);
    expect((await engine.ask('/api/things/1', ADA, { method: 'PUT' })).status).toBe(200);
    expect(engine.lane().ledger.size).toBe(1);
  });

  test.each([...forms, ...misfits, accepted])(
    'has no value where it was answered with no such one: %s',
    async (_, handler) => {
      answers(handler);
      expect(await engine.ask('/api/things/1', ADA, { method: 'PUT' })).toMatchObject({ status: 200, json: {} });
      // Where it is needed, nobody knows what was made.
      expect((await engine.ask('/api/new/1', ADA, { method: 'POST' })).json).toMatchObject({ code: 'outcome-unknown' });
    },
  );
});

describe('an answer', () => {
  test('with an empty Content-Encoding is not coded', async () => {
    answers((response) => raw(response, '{"n":1}', { 'content-type': 'application/json', 'content-encoding': '' }));
    expect((await engine.ask('/api/things/1')).status).toBe(200);
  });

  test.each([
    ['in its middle', '{"n":', 502, 'upstream-failed'],
    ['before it began', '', 502, 'upstream-failed'],
    ['and wrong before that', '{n:', 502, 'upstream-contract'],
  ])('that ends with its connection, cut off %s', async (_, text, status, code) => {
    answers((response) => {
      response.socket?.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n${text}`);
    });
    expect((await engine.ask('/api/things/1')).json).toMatchObject({ status, code });
  });

  test.each(['{"n":', '', '{"n":tr', '{"n":1.', '{"n":"a\\', '{"n":[1, "', '{"n":"\\u00', '{"n":1,"be'])(
    'that ends with its connection and was cut off after %j is asked for once more',
    async (text) => {
      let asked = 0;
      answers((response) => {
        if (asked++ > 0) return json(response, { n: 1 });
        response.socket?.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n${text}`);
      });
      expect((await engine.ask('/api/twice/1')).json).toMatchObject({ thing: { n: 1 } });
      expect(asked).toBe(2);
    },
  );
});
