import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { formToken } from '#kernel/http/forms/form-fields.ts';
import { answer } from '#kernel/http/pipeline/answer.ts';
import { authenticated } from '#kernel/identity/principal.ts';
import type { State } from '#kernel/state/state.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';

const common = { summary: '', example: {}, input: z.object({}), answers: { 204: undefined }, form: true } as const;
const leave = operation(
  { ...common, id: 'leave', route: 'POST /api/leave', audience: 'either', limit: false, deadline: 1_000 },
  async () => done(),
);
const end = operation(
  { ...common, id: 'end', route: 'DELETE /api/end', audience: 'personal', limit: false, deadline: 1_000 },
  async () => done(),
);
const say = operation(
  {
    ...common,
    id: 'say',
    route: 'POST /api/say',
    audience: 'either',
    body: { kind: 'json', schema: z.strictObject({ text: z.string() }), limit: 16_000 },
    deadline: 1_000,
  },
  async () => refuse('conflict', 'not now'),
);

let engine: TestEngine;
let state: State;
/** What was written, by key. */
let written: Map<string, number>;

beforeEach(() => {
  written = new Map();
  const file = openSqliteState(join(tmpdir(), `tributary-${process.pid}`, `${randomUUID()}.db`));
  state = {
    ...file,
    set: (key, value, options) => {
      written.set(key, value.length);
      return file.set(key, value, options);
    },
  };
  engine = startEngine({}, [leave, end, say], {
    state,
    identify: ({ cookie }) =>
      cookie === 'sid=ada'
        ? authenticated('session', 'https://issuer.test', 'ada')
        : cookie
          ? 'ended'
          : { kind: 'anonymous' },
  });
});
afterEach(() => state.close());

async function post(target: string, fields: Record<string, string>, cookie?: string, address = '192.0.2.1') {
  const bytes = Buffer.from(new URLSearchParams(fields).toString());
  const inbound = {
    method: 'POST',
    target,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'http://shop.test',
      'content-length': String(bytes.length),
      ...(cookie !== undefined && { cookie }),
    },
    body: (async function* () {
      yield bytes;
    })(),
    address,
    gone: new Cancellation(),
  };
  const { status, headers } = await answer(engine.engine, engine.engine.routes, inbound);
  return { status, location: headers[headers.indexOf('Location') + 1] };
}

const LONG = 'k'.repeat(15_000);

test('nothing is kept of the forms of strangers who are not counted, whatever they are answered', async () => {
  for (const [target, fields, cookie] of [
    ['/api/leave', { _key: 'short' }],
    ['/api/end?_method=DELETE', { _key: 'short' }],
    ['/api/leave', { anything: LONG }],
    // A session that was made up, with a token that fits it.
    ['/api/end?_method=DELETE', { _csrf: formToken('made-up') }, 'sid=made-up'],
  ] as const) {
    expect(await post(target, fields, cookie)).toMatchObject({ status: 303, location: '/' });
  }
  expect([...written]).toEqual([]);
});

test('a key that is none is refused before anything is kept, from any client', async () => {
  for (const _key of [LONG, 'with a space', 'ä']) {
    expect((await post('/api/say', { _key, text: 'x' })).status).toBe(400);
    expect((await post('/api/leave', { _key })).status).toBe(400);
    // Who may not do it is told so first; nothing of it is kept either.
    expect((await post('/api/end?_method=DELETE', { _key })).status).toBe(303);
  }
  expect([...written]).toEqual([]);
});

test('of what is counted each address has its last forms, and a customer theirs wherever they are', async () => {
  const ids: string[] = [];
  for (let index = 0; index < 30; index++) {
    const { location = '' } = await post('/api/say', { text: LONG }, undefined, '192.0.2.7');
    ids.push(location);
  }
  const ada = await post('/api/leave', { _csrf: formToken('ada') }, 'sid=ada', '192.0.2.7');
  expect(ada.location).toMatch(/^\/\?form=/);
  const kept = await Promise.all([...written.keys()].map((key) => state.get(key)));
  expect(kept.filter((one) => one !== undefined)).toHaveLength(20 + 1);
  expect(kept[0]).toBeUndefined();
  expect(kept.at(-2)).toBeDefined();
  expect(new Set(ids).size).toBe(30);
});
