import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { createHistogram } from '#kernel/base/time/histogram.ts';
import { done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { optional, required } from '#kernel/flow/section.ts';
import { answer } from '#kernel/http/pipeline/answer.ts';
import { answered, answerStats } from '#kernel/telemetry/answered.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';
import { passTime, stopTime } from '#tests/support/virtual-time.ts';

const N = z.object({ n: z.int() });
const http = upstream('shop', { timeout: 400, attempts: 1, parallel: 64 });
const common = { summary: '', audience: 'public', input: z.object({}), example: {} } as const;

const read = operation(
  { ...common, id: 'read', route: 'GET /api/read', output: z.object({ main: N, side: N.optional() }), deadline: 2_000 },
  (_, { all }) =>
    all({ main: required(http.get(path`main`, N)), side: optional(http.get(path`side`, N)) }, (view) => view),
);
const write = operation(
  {
    ...common,
    id: 'write',
    route: 'POST /api/write',
    audience: 'either',
    form: true,
    body: { kind: 'json', schema: z.strictObject({ a: z.string() }) },
    answers: { 204: undefined },
    deadline: 2_000,
  },
  async () => done(),
);

let shop: TestUpstream;
let engine: TestEngine;
beforeEach(async () => {
  await stopTime();
  shop = await startUpstream();
  shop.otherwise = (response) => json(response, { n: 1 });
  engine = startEngine({ shop: shop.url }, [read, write], { deadlineScale: 1 });
});
afterEach(async () => {
  await shop.close();
  vi.useRealTimers();
});

const asked = (headers: Record<string, string> = {}) => passTime(engine.ask('/api/read', headers));

const counted = (id: string) => {
  const { whole, partial, failed, refused, completeness } = answerStats(
    answered().get(id) ?? { total: {} as never, durations: createHistogram(), slices: [] },
    performance.now(),
  );
  return { whole, partial, failed, refused, completeness };
};

/** A post whose body comes so far and breaks off, as node:http tells it. */
async function broken(type: string, sent: string) {
  const inbound = {
    method: 'POST',
    target: '/api/write',
    headers: { 'content-type': type, origin: 'http://shop.test', 'x-csrf': '1' },
    body: (async function* () {
      yield Buffer.from(sent);
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    })(),
    address: '192.0.2.1',
    gone: new Cancellation(),
  };
  return (await answer(engine.engine, engine.engine.routes, inbound)).status;
}

test.each([
  ['JSON', 'application/json', '{"a":'],
  ['nothing', 'application/json', ''],
  ['a form', 'application/x-www-form-urlencoded', 'a='],
  ['a whole value and no end', 'application/json', '{"a":"b"}'],
])('a body that breaks off is its client’s doing: %s', async (_, type, sent) => {
  expect(await broken(type, sent)).toBe(499);
  expect(counted('write')).toMatchObject({ failed: 0, partial: 0, refused: 1, completeness: undefined });
  expect(engine.reported).toEqual([]);
});

test('the time in which a body comes is no time of ours', async () => {
  const slow = 120;
  const inbound = {
    method: 'POST',
    target: '/api/write',
    headers: { 'content-type': 'application/json', origin: 'http://shop.test', 'x-csrf': '1' },
    body: (async function* () {
      await new Promise((resolve) => setTimeout(resolve, slow));
      yield Buffer.from('{"a":"b"}');
    })(),
    address: '192.0.2.1',
    gone: new Cancellation(),
  };
  const answering = Promise.resolve(answer(engine.engine, engine.engine.routes, inbound));
  expect((await passTime(answering)).status).toBe(204);
  const [trace] = recentTraces(1);
  expect(trace?.waited).toBeGreaterThan(slow * 0.9);
  expect(answerStats(answered().get('write') as never, performance.now()).p95).toBeLessThan(trace?.waited ?? 0);
});

describe('a client that gives too little time', () => {
  test.each(['0', '1', '30'])('has its 504, which is no failure of ours: x-deadline-ms: %s', async (hurry) => {
    shop.on('/main', () => {});
    const { status, json: body } = await asked({ 'x-deadline-ms': hurry });
    expect([status, body.code]).toEqual([504, 'upstream-timeout']);
    expect(counted('read')).toMatchObject({ failed: 0, refused: 1, completeness: undefined });
  });

  test('has an answer that lacks what was late, which is no lack of ours', async () => {
    shop.on('/side', () => {});
    const { status, sections } = await asked({ 'x-deadline-ms': '200' });
    expect([status, sections]).toEqual([200, { side: { state: 'missing', reason: 'timeout' } }]);
    expect(counted('read')).toMatchObject({ partial: 0, refused: 1 });
  });

  test('still sees what has failed, and that is ours', async () => {
    shop.on('/side', (response) => json(response, {}, 500));
    expect((await asked({ 'x-deadline-ms': '1900' })).status).toBe(200);
    expect(counted('read')).toMatchObject({ partial: 1, refused: 0 });
    shop.on('/main', (response) => json(response, {}, 500));
    expect((await asked({ 'x-deadline-ms': '1900' })).status).toBe(502);
    expect(counted('read')).toMatchObject({ partial: 1, failed: 1, refused: 0 });
  });

  test('but enough for those who were asked is not to blame for their lateness', async () => {
    shop.on('/main', () => {});
    expect((await asked({ 'x-deadline-ms': '1900' })).status).toBe(504);
    expect(counted('read')).toMatchObject({ failed: 1, refused: 0 });
  });
});

test('no client’s hurry: lateness is ours', async () => {
  shop.on('/main', () => {});
  expect((await asked()).status).toBe(504);
  expect((await asked({ 'x-deadline-ms': '90000' })).status).toBe(504);
  expect(counted('read')).toMatchObject({ failed: 2, refused: 0, completeness: 0 });
});
