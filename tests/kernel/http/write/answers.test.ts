import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { created, done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { stateError } from '#kernel/state/state.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { client, startEngine } from '#tests/support/engine.ts';
import { until } from '#tests/support/until.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const View = z.object({ n: z.number() });
const http = upstream('shop', { timeout: 500, attempts: 1, parallel: 4 });
const contract = {
  summary: '',
  audience: 'public',
  input: z.object({ at: z.string().default('') }),
  example: {},
  deadline: 500,
} as const;
const SOLD_OUT = { status: 409, title: 'Sold out', meaning: 'None is left.', whatToDo: 'Take another.' };

let upstreams: TestUpstream;
beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = (response) => json(response, { n: 1 });
});
afterEach(() => upstreams.close());

describe('a problem of an operation’s own', () => {
  const buy = (slug: string) =>
    operation(
      {
        ...contract,
        id: 'buy',
        route: 'POST /api/buy',
        answers: { 204: undefined },
        problems: { 'sold-out': SOLD_OUT },
      },
      async () => {
        if (slug !== '') refuse(slug, 'None is left.', { in: 'body', path: 'sku', message: 'is gone', code: 'gone' });
        return done();
      },
    );

  test('is answered as it declares it, with the fields that are to blame', async () => {
    const shop = startEngine({}, [buy('sold-out')]);
    const { status, json: problem } = await shop.ask('/api/buy', {}, { method: 'POST' });
    expect([status, problem.code, problem.title]).toEqual([409, 'sold-out', 'Sold out']);
    expect(problem.errors).toEqual([{ in: 'body', path: 'sku', message: 'is gone', code: 'gone' }]);
    expect(shop.reported).toEqual([]);
  });

  test('that is not declared is a mistake of ours: not shown, and reported', async () => {
    const shop = startEngine({}, [buy('no-such-problem')]);
    const { status, json: problem } = await shop.ask('/api/buy', {}, { method: 'POST' });
    expect([status, problem.code]).toEqual([500, 'internal']);
    expect(shop.reported).toHaveLength(1);
  });
});

describe('a Location', () => {
  const move = operation({ ...contract, id: 'move', route: 'POST /api/move', answers: { 201: View } }, async ({ at }) =>
    created({ n: 1 }, { at }),
  );

  test.each([
    ['/api/things/1?a=b%20c', '/api/things/1?a=b%20c'],
    ['/api/things/中', '/api/things/%E4%B8%AD'],
    ['/api/a b', '/api/a%20b'],
  ])('%j goes out as %j', async (at, sent) => {
    const { headers } = await startEngine({}, [move]).ask(
      `/api/move?at=${encodeURIComponent(at)}`,
      {},
      { method: 'POST' },
    );
    expect(headers.location).toBe(sent);
  });
});

describe('what a contract may see of a request', () => {
  test.each(['authorization', 'cookie', 'proxy-authorization', 'X-Loud'])('is never the header %s', (name) => {
    const spy = operation(
      { ...contract, id: 'spy', route: 'GET /api/spy', output: View, headers: [name] },
      async () => ({ n: 1 }),
    );
    expect(() => startEngine({}, [spy])).toThrow(new RegExp(`spy wants the header ${name}`));
  });

  test('is no cookie where the answer is a view, which is kept for everybody', () => {
    const spy = operation(
      { ...contract, id: 'spy', route: 'GET /api/spy', output: View, cookies: ['sid'] },
      async () => ({ n: 1 }),
    );
    expect(() => startEngine({}, [spy])).toThrow(/spy sees cookies/);
  });
});

describe('the user’s own refusal', () => {
  const mine = operation(
    { ...contract, id: 'mine', route: 'GET /api/mine', audience: 'personal', output: View },
    async (_, { need }) => need(http.asUser.get(path`mine`, View)),
  );

  test('says how to sign in (RFC 9110 §11.6.1)', async () => {
    upstreams.otherwise = (response) => json(response, {}, 401);
    const shop = startEngine({ shop: upstreams.url }, [mine]);
    const { status, headers } = await shop.ask('/api/mine', { authorization: 'Bearer ana' });
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
  });
});

describe('who left before the answer', () => {
  test('is distinguished from our failures', async () => {
    const never = operation({ ...contract, id: 'never', route: 'GET /api/never', output: View }, async (_, { need }) =>
      need(http.get(path`never`, View)),
    );
    const lines: number[] = [];
    upstreams.otherwise = () => {};
    const shop = startEngine({ shop: upstreams.url }, [never], { log: ({ status }) => void lines.push(status) });
    const { gone, leave } = client();
    const asked = shop.ask('/api/never', {}, { gone });
    await until('the call is out', () => upstreams.count() === 1);
    leave();
    expect((await asked).status).toBe(499);
    expect(lines).toEqual([499]);
    expect(shop.reported).toEqual([]);
  });
});

describe('a store of sessions that can’t be reached', () => {
  const either = operation(
    { ...contract, id: 'either', route: 'GET /api/either', audience: 'either', output: View },
    async () => ({ n: 1 }),
  );

  test('signs no one out: it is a 503 that leaves the cookies alone', async () => {
    const shop = startEngine({}, [either], { identify: () => Promise.reject(stateError(new Error('disk full'))) });
    const { status, json: problem, headers } = await shop.ask('/api/either', { cookie: 'sid=x' });
    expect([status, problem.code, headers['retry-after']]).toEqual([503, 'state-unavailable', '1']);
    expect(headers).not.toHaveProperty('set-cookie');
    expect(JSON.stringify(problem)).not.toContain('disk');
  });

  test('does not make a form that was done look as if it were not', async () => {
    const write = operation(
      { ...contract, id: 'write', form: true, route: 'POST /api/write', answers: { 204: undefined } },
      async () => done(),
    );
    const full = () => Promise.reject(stateError(new Error('disk full')));
    const state = { ...openSqliteState(join(tmpdir(), randomUUID())), set: full };
    const shop = startEngine({}, [write], { state });
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'http://shop.test',
      referer: 'http://shop.test/page',
    };
    const { status, headers: told } = await shop.ask('/api/write', headers, { method: 'POST' });
    expect([status, told.location]).toEqual([303, '/page']);
    expect(shop.reported).toHaveLength(1);
  });

  test('a session that has ended is anonymous where that is allowed, and a 401 elsewhere; there its cookie is taken away', async () => {
    const personal = operation(
      { ...contract, id: 'personal', route: 'GET /api/personal', audience: 'personal', output: View },
      async () => ({ n: 1 }),
    );
    const asks = operation(
      { ...contract, id: 'asks', route: 'GET /api/asks', audience: 'either', clearsSession: true, output: View },
      async () => ({ n: 1 }),
    );
    const shop = startEngine({}, [either, personal, asks], { identify: () => 'ended' });
    const [open, closed, asked] = await Promise.all(['either', 'personal', 'asks'].map((at) => shop.ask(`/api/${at}`)));
    expect([open?.status, closed?.status, asked?.status]).toEqual([200, 401, 200]);
    for (const told of [closed, asked]) expect(told?.headers['set-cookie']).toMatch(/^sid=; .*Max-Age=0/);
    // Late, it would take away the cookie of a login in between.
    expect(open?.headers).not.toHaveProperty('set-cookie');
  });
});
