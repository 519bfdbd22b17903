import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { optional, subject } from '#kernel/flow/section.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { graphqlDocument } from '#kernel/upstream/calls/graphql.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine, tokenOf } from '#tests/support/engine.ts';
import { type GraphqlUpstream, questionIn, startGraphql } from '#tests/support/graphql-upstream.ts';
import { json, raw } from '#tests/support/upstream.ts';

const Thing = z.object({ id: z.string(), price: z.number(), stars: z.number().nullish() });
const http = upstream('shop', { timeout: 20_000, attempts: 2, parallel: 8 });
const cached = cache.for('1h').staleOnError('1h').tagged('thing');
const TEXT = 'query Thing($id: ID!) {\n  thing(id: $id) { id price stars }\n}';
const document = graphqlDocument(TEXT, { root: 'thing' });
const options = { root: 'thing', persisted: true } as const;
const ADD = graphqlDocument('mutation Add($id: ID!) { add(id: $id) { id } }', { root: 'add' });
const url = path`graphql`;

const contract = { summary: '', input: z.object({ id: z.string() }), example: { id: '1' }, deadline: 30_000 } as const;
const output = z.object({ thing: Thing.optional() });
const read = (id: string, asked: typeof document) =>
  operation({ ...contract, id, route: `GET /api/${id}/{id}`, audience: 'public', output }, ({ id }, { all }) =>
    all({ thing: subject(http.graphql(url, asked, { id }, Thing, cached)) }, (v) => v),
  );
const getOptional = operation(
  { ...contract, id: 'getOptional', route: 'GET /api/optional/{id}', audience: 'public', output },
  ({ id }, { all }) => all({ thing: optional(http.graphql(url, document, { id }, Thing, cached)) }, (v) => v),
);
const getMine = operation(
  { ...contract, id: 'getMine', route: 'GET /api/mine/{id}', audience: 'personal', output },
  ({ id }, { all }) => all({ thing: subject(http.asUser.graphql(url, document, { id }, Thing, cached)) }, (v) => v),
);
const add = operation(
  { ...contract, id: 'add', route: 'POST /api/add/{id}', audience: 'public', answers: { 204: undefined } },
  async ({ id }, { need }) => {
    await need(http.graphql(url, ADD, { id }, z.object({ id: z.string() })));
    return done();
  },
);

let server: GraphqlUpstream;
let shop: TestEngine;
beforeEach(async () => {
  server = await startGraphql();
  server.answer = ({ variables: { id } }) => ({ data: { thing: { id, price: 5, stars: 4 } } });
  shop = startEngine({ shop: server.url }, [
    read('post', document),
    read('get', graphqlDocument(TEXT, { root: 'thing', via: 'GET' })),
    read('hashed', graphqlDocument(TEXT, options)),
    read('hashed-get', graphqlDocument(TEXT, { ...options, via: 'GET' })),
    getOptional,
    getMine,
    add,
  ]);
});
afterEach(() => server.close());

/** What went out, each as method and members. */
const sent = () =>
  server.seen.map((seen) =>
    [
      seen.method,
      ...Object.keys(questionIn(seen)).filter((key) => questionIn(seen)[key as 'query'] !== undefined),
    ].join(' '),
  );
const asking = { whole: 'operationName variables query', hash: 'operationName variables extensions' };
const failing = (code: string | undefined, more: object = {}) => {
  server.answer = () => ({
    data: null,
    errors: [{ message: 'CANARY', ...(code && { extensions: { code } }) }],
    ...more,
  });
};
const trace = () => recentTraces()[0]?.calls[0];

describe('a question', () => {
  test('goes as one document with its variables, and what comes is cached under both', async () => {
    const ask = async (id: string) => (await shop.ask(`/api/post/${id}`)).json.thing;
    expect([await ask('1'), await ask('2'), await ask('1')]).toEqual([
      { id: '1', price: 5, stars: 4 },
      { id: '2', price: 5, stars: 4 },
      { id: '1', price: 5, stars: 4 },
    ]);
    expect(server.seen.map(({ body }) => JSON.parse(body))).toEqual([
      { operationName: 'Thing', query: TEXT, variables: { id: '1' } },
      { operationName: 'Thing', query: TEXT, variables: { id: '2' } },
    ]);
    expect(server.seen[0]?.headers).toMatchObject({
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
    });
    expect(recentTraces().at(-1)?.calls[0]).toMatchObject({ call: 'query Thing', outcome: 'ok' });
  });

  test('goes by GET where it is wished, past the guards against forms', async () => {
    expect((await shop.ask('/api/get/1')).status).toBe(200);
    expect(sent()).toEqual(['GET query operationName variables']);
    expect(server.seen[0]?.headers['apollo-require-preflight']).toBe('true');
  });

  test.each([
    ['hashed', 200, [`POST ${asking.hash}`, `POST ${asking.whole} extensions`, `POST ${asking.hash}`]],
    ['hashed', 400, [`POST ${asking.hash}`, `POST ${asking.whole} extensions`, `POST ${asking.hash}`]],
    [
      'hashed-get',
      200,
      [
        'GET operationName variables extensions',
        `POST ${asking.whole} extensions`,
        'GET operationName variables extensions',
      ],
    ],
  ] as const)('goes by the hash of its document (%s, %i), and in full only once', async (id, status, requests) => {
    server.statusOfUnknown = status;
    expect((await shop.ask(`/api/${id}/1`)).json.thing).toEqual({ id: '1', price: 5, stars: 4 });
    expect((await shop.ask(`/api/${id}/2`)).json.thing).toEqual({ id: '2', price: 5, stars: 4 });
    const shape = (text: string) => text.split(' ').sort().join(' ');
    expect(sent().map(shape)).toEqual(requests.map(shape));
    expect(trace()?.wire?.attempts).toBe(1);
  });

  test('goes in full for good to an upstream that takes no hashes', async () => {
    server.persists = false;
    server.documents.clear();
    const answer = server.otherwise;
    server.otherwise = (response, seen, request) => {
      const { extensions, query } = questionIn(seen);
      if (query !== undefined) json(response, { data: { thing: { id: '1', price: 5 } } });
      else if (extensions) return answer(response, seen, request);
    };
    for (const id of ['1', '2', '3']) expect((await shop.ask(`/api/hashed/${id}`)).status).toBe(200);
    expect(server.seen.map((seen) => questionIn(seen).query !== undefined)).toEqual([false, true, true, true]);
  });
});

describe('an error beside the data', () => {
  const beside = (error: object) => {
    server.answer = ({ variables: { id } }) => ({ data: { thing: { id, price: 5, stars: null } }, errors: [error] });
  };

  test('makes the section one that lacks something, with what there is, and is not cached', async () => {
    beside({ message: 'CANARY', path: ['thing', 'stars'], extensions: { code: 'SERVICE_UNAVAILABLE' } });
    const { status, json, sections, text } = await shop.ask('/api/post/1');
    expect([status, json.thing]).toEqual([200, { id: '1', price: 5, stars: null }]);
    expect(sections).toEqual({ thing: { state: 'missing', reason: 'unavailable' } });
    expect(text).not.toContain('CANARY');
    await shop.ask('/api/post/1');
    expect(server.seen).toHaveLength(2);
    expect(shop.lane().ledger.size).toBe(0);
  });

  test.each([
    ['UNAUTHENTICATED', 'denied', 502],
    ['NOT_FOUND', 'not-found', 404],
    ['SERVICE_UNAVAILABLE', 'unavailable', 502],
  ] as const)('fails what needs it by its code, %s, and is no drift', async (code, outcome, status) => {
    server.answer = () => ({
      data: { thing: { id: '1', price: null } },
      errors: [{ message: 'x', path: ['thing', 'price'], extensions: { code } }],
    });
    expect((await shop.ask('/api/post/1')).status).toBe(status);
    expect(trace()?.outcome).toBe(outcome);
    expect(shop.lane().ledger.size).toBe(0);
  });

  test('of another place does not excuse what does not fit', async () => {
    server.answer = () => ({
      data: { thing: { id: 1, price: 5 } },
      errors: [{ message: 'x', path: ['thing', 'stars'] }],
    });
    expect((await shop.ask('/api/post/1')).status).toBe(502);
    expect(trace()?.outcome).toBe('contract');
    expect([...shop.lane().ledger.values()]).toMatchObject([{ path: 'id', expected: 'string' }]);
  });
});

describe('an answer without data', () => {
  test.each([
    ['UNAUTHENTICATED', 'denied', 502],
    ['FORBIDDEN', 'denied', 502],
    ['NOT_FOUND', 'not-found', 404],
    ['GRAPHQL_VALIDATION_FAILED', 'contract', 502],
    ['BAD_USER_INPUT', 'unavailable', 502],
    ['OUT_OF_LUCK', 'unavailable', 502],
    ['constructor', 'unavailable', 502],
    [undefined, 'unavailable', 502],
  ] as const)('is what its code says: %s', async (code, outcome, status) => {
    failing(code);
    const answered = await shop.ask('/api/post/1');
    expect([answered.status, trace()?.outcome]).toEqual([status, outcome]);
    expect(JSON.stringify([answered, recentTraces()])).not.toContain('CANARY');
    expect(server.seen).toHaveLength(1);
  });

  test.each([
    [400, 'GRAPHQL_VALIDATION_FAILED', 'contract', 1],
    [401, undefined, 'denied', 1],
    [404, 'NOT_FOUND', 'not-found', 1],
    [503, undefined, 'unavailable', 2],
  ] as const)('is known by its status as well: %i %s', async (status, code, outcome, times) => {
    server.otherwise = (response) =>
      raw(
        response,
        JSON.stringify({ errors: [{ message: 'x', ...(code && { extensions: { code } }) }] }),
        { 'content-type': 'application/graphql-response+json' },
        status,
      );
    await shop.ask('/api/post/1');
    expect([trace()?.outcome, server.seen.length]).toEqual([outcome, times]);
  });

  test('is a missing thing where its root is null, and remembered as one', async () => {
    server.answer = () => ({ data: { thing: null } });
    expect((await shop.ask('/api/post/1')).status).toBe(404);
    expect((await shop.ask('/api/post/1')).status).toBe(404);
    expect(server.seen).toHaveLength(1);
  });

  test.each([[{}], [[]], [{ data: { thong: {} } }], ['text'], [{ errors: 'many' }]])(
    'and without an error is none of GraphQL: %j',
    async (answer) => {
      server.answer = () => answer;
      expect((await shop.ask('/api/post/1')).status).toBe(502);
      expect(trace()?.outcome).toBe('contract');
    },
  );

  test('is a section that is left out where it is optional', async () => {
    failing('FORBIDDEN');
    const { status, sections } = await shop.ask('/api/optional/1');
    expect([status, sections]).toEqual([200, { thing: { state: 'missing', reason: 'unavailable' } }]);
  });

  test('opens the breaker if the upstream is broken, and not for what it refuses', async () => {
    failing('OUT_OF_LUCK');
    for (let id = 0; id < 8; id++) await shop.ask(`/api/post/${id}`);
    expect(shop.lane().upstreams.get('shop')?.breaker.state).toBe('closed');
    failing('INTERNAL_SERVER_ERROR');
    for (let id = 0; id < 8; id++) await shop.ask(`/api/post/${id}`);
    expect(shop.lane().upstreams.get('shop')?.breaker.state).toBe('open');
  });

  test('for the document is listed as drift', async () => {
    server.answer = () => ({
      errors: [{ message: 'Cannot query field "stars"', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    });
    await shop.ask('/api/post/1');
    expect([...shop.lane().ledger.values()]).toMatchObject([{ call: 'query Thing', path: 'query' }]);
  });
});

test('a user’s own question carries their token, and is that user’s alone', async () => {
  server.answer = ({ variables: { id } }) => ({ data: { thing: { id, price: server.seen.length } } });
  const ask = async (user: string) =>
    (await shop.ask('/api/mine/1', { authorization: `Bearer ${user}` })).json.thing as { price: number };
  expect([(await ask('ana')).price, (await ask('ben')).price, (await ask('ana')).price]).toEqual([1, 2, 1]);
  expect(server.seen[1]?.headers.authorization).toBe(`Bearer ${tokenOf('ben')}`);
});

test('a mutation is sent once, and what it refuses by a code has not happened', async () => {
  const post = () => shop.ask('/api/add/1', {}, { method: 'POST' });
  server.answer = () => ({ data: { add: { id: '1' } } });
  expect((await post()).status).toBe(204);
  server.answer = () => ({
    data: { add: null },
    errors: [{ message: 'x', path: ['add'], extensions: { code: 'BAD_USER_INPUT' } }],
  });
  expect((await post()).json.type).not.toMatch(/outcome-unknown/);
  failing('INTERNAL_SERVER_ERROR');
  expect((await post()).json.type).toMatch(/outcome-unknown/);
  expect(server.seen).toHaveLength(3);
  expect(() => http.graphql(url, ADD, { id: '1' }, Thing, cached)).toThrow(/takes no cache policy/);
});

test.each(['{ thing { id } }', 'query { thing }', 'subscription Thing { thing }', 'fragment F on Thing { id }'])(
  'a document without its operation and name in front is refused: %s',
  (text) => expect(() => graphqlDocument(text)).toThrow(/begins with its operation and a name/),
);
