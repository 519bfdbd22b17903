import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { client, startEngine, type TestEngine } from '#tests/support/engine.ts';
import { OPERATIONS } from '#tests/support/operations.ts';
import { pause, turn, until } from '#tests/support/until.ts';
import { after, gated, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';
import { passTime, stopTime } from '#tests/support/virtual-time.ts';

const seenValues: unknown[] = [];
const getList = operation(
  {
    id: 'getList',
    route: 'GET /api/lists/{id}',
    summary: '',
    audience: 'either',
    input: z.object({ id: z.string() }),
    example: { id: '1' },
    output: z.object({ n: z.int() }),
    deadline: 1_000,
  },
  ({ id }, { all }) => {
    const http = upstream('shop', { timeout: 1_000, attempts: 1, parallel: 64 });
    return all({ list: required(http.get(path`lists/${id}`, z.object({ items: z.array(z.int()) }))) }, ({ list }) => {
      seenValues.push(list);
      return { n: list.items.length };
    });
  },
);

let upstreams: TestUpstream;
let shop: TestEngine;
let version: number;

beforeEach(async () => {
  version = 0;
  upstreams = await startUpstream();
  upstreams.otherwise = (response) => json(response, { n: ++version });
  shop = startEngine({ shop: upstreams.url }, [...OPERATIONS, getList]);
});
afterEach(() => upstreams.close());

describe('equal requests at the same time', () => {
  test.each(['things', 'pairs', 'live'])('for %s are one', async (what) => {
    upstreams.otherwise = after(20, (response) => json(response, { n: 1 }));
    const answers = await Promise.all(Array.from({ length: 50 }, () => shop.ask(`/api/${what}/1`)));
    expect(upstreams.count()).toBe(what === 'pairs' ? 2 : 1);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(answers.filter(({ headers }) => headers['cache-status']?.includes('collapsed'))).toHaveLength(49);
  });

  test('that differ are not', async () => {
    await Promise.all(['1', '2', '1', '2'].map((id) => shop.ask(`/api/things/${id}`)));
    expect(upstreams.seen.map(({ path: asked }) => asked).sort()).toEqual(['/things/1', '/things/2']);
  });

  test('are served though the first of them leaves', async () => {
    const gate = gated((response) => json(response, { n: 1 }));
    upstreams.otherwise = gate.handler;
    const leader = client();
    const first = shop.ask('/api/things/1', {}, { gone: leader.gone });
    await until('the call is out', () => gate.waiting() === 1);
    const followers = [1, 2, 3].map(() => shop.ask('/api/things/1'));
    await turn();
    leader.leave();
    await first;
    gate.open();
    expect((await Promise.all(followers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(upstreams.count()).toBe(1);
  });

  test('are aborted upstream when all of them leave, and the next one asks anew', async () => {
    const gate = gated((response) => json(response, { n: 1 }));
    upstreams.otherwise = gate.handler;
    const clients = [client(), client(), client()];
    const asked = clients.map(({ gone }) => shop.ask('/api/things/1', {}, { gone }));
    await until('the call is out', () => gate.waiting() === 1);
    for (const { leave } of clients) leave();
    upstreams.otherwise = (response) => json(response, { n: 2 });
    expect((await shop.ask('/api/things/1')).json.thing).toEqual({ n: 2 });
    await Promise.all(asked);
    await until('the upstream sees the abort', () => upstreams.seen[0]?.aborted === true);
  });

  test('of two operations share their calls', async () => {
    const gate = gated((response) => json(response, { items: [1] }));
    upstreams.otherwise = gate.handler;
    const asked = ['ana', 'bob'].map((user) => shop.ask('/api/lists/1', { authorization: `Bearer ${user}` }));
    await until('the call is out', () => gate.waiting() === 1);
    await turn();
    gate.open();
    await Promise.all(asked);
    expect(upstreams.count()).toBe(1);
  });

  test('share a value that none of them can change under the others, kept or not', async () => {
    seenValues.length = 0;
    upstreams.otherwise = after(20, (response) => json(response, { items: [1, 2] }));
    await Promise.all([shop.ask('/api/lists/1'), shop.ask('/api/lists/1')]);
    expect(upstreams.count()).toBe(1);
    expect(seenValues).toHaveLength(2);
    expect(seenValues.every((value) => Object.isFrozen(value))).toBe(true);
  });
});

describe('a hurried client', () => {
  beforeEach(async () => {
    await stopTime();
    shop = startEngine({ shop: upstreams.url }, [...OPERATIONS, getList]);
  });
  afterEach(() => void vi.useRealTimers());

  test('never leads: its deadline is not the others’', async () => {
    const gate = gated((response) => json(response, { n: 1 }));
    upstreams.otherwise = gate.handler;
    // Somebody else comes aboard before its time is over: a flight that all have left is no more.
    const hurried = shop.ask('/api/things/1', { 'x-deadline-ms': '100' });
    await until('its call is out', () => upstreams.count() === 1);
    const patient = shop.ask('/api/things/1');
    expect((await passTime(hurried)).status).toBe(504);
    gate.open();
    const { status, headers } = await patient;
    expect(status).toBe(200);
    expect(headers['cache-status']).not.toContain('collapsed');
    expect(upstreams.count()).toBe(1);
  });

  test('may follow, and leaves in time without disturbing who leads', async () => {
    const gate = gated((response) => json(response, { n: 1 }));
    upstreams.otherwise = gate.handler;
    const patient = shop.ask('/api/things/1');
    await until('the call is out', () => upstreams.count() === 1);
    expect((await passTime(shop.ask('/api/things/1', { 'x-deadline-ms': '40' }))).status).toBe(504);
    expect(gate.waiting()).toBe(1);
    gate.open();
    expect((await patient).status).toBe(200);
    expect(upstreams.count()).toBe(1);
  });
});

describe('a stale value', () => {
  test('is served at once while one flight refreshes it, which no leaving client aborts', async () => {
    await shop.ask('/api/brief/1');
    await pause(40);
    const gate = gated((response) => json(response, { n: 9 }));
    upstreams.otherwise = gate.handler;
    const someone = client();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => shop.ask('/api/brief/1', {}, { gone: someone.gone })),
    );
    expect(answers.map(({ json: body }) => body.thing)).toEqual(Array(10).fill({ n: 1 }));
    expect(answers[0]?.sections).toEqual({});
    await until('one refresh is out', () => gate.waiting() === 1);
    someone.leave();
    gate.open();
    await shop.settled();
    expect(upstreams.count()).toBe(2);
    expect((await shop.ask('/api/brief/1')).json.thing).toEqual({ n: 9 });
  });

  test('is served on though its refresh fails', async () => {
    await shop.ask('/api/brief/1');
    await pause(40);
    upstreams.otherwise = (response) => json(response, {}, 500);
    await shop.ask('/api/brief/1');
    await shop.settled();
    const { status, json: body, sections } = await shop.ask('/api/brief/1');
    expect([status, body.thing, sections]).toEqual([200, { n: 1 }, {}]);
    await shop.settled();
  });

  test.each(['brief', 'mixed'])('never makes a composite of %s', async (what) => {
    await shop.ask(`/api/${what}/1`);
    await pause(40);
    shop.engine.responses.clear();
    expect((await shop.ask(`/api/${what}/1`)).headers['cache-status']).not.toContain('stored');
    expect(shop.engine.responses.size).toBe(0);
    await shop.settled();
  });
});
