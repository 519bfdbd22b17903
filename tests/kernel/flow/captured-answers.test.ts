import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { optional } from '#kernel/flow/section.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { json, raw, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ id: z.string() });
const http = upstream('shop', { timeout: 20_000, attempts: 1, parallel: 8 });
const items = http.batch('items', Thing, {
  max: 9,
  id: 'id',
  request: (ids) => ({ get: path`items`.query({ ids: ids.join() }) }),
});
const lasting = cache.for('1h').staleOnError('1h').tagged('thing');
const contract = { summary: '', input: z.object({}), example: {}, deadline: 30_000, audience: 'either' } as const;
const read = (id: string, calls: Record<string, Call<unknown>>) =>
  operation({ ...contract, id, route: `GET /api/${id}`, output: z.object({ n: z.number() }) }, (_, { all }) =>
    all(Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, optional(call)])), () => ({ n: 1 })),
  );

let upstreams: TestUpstream;
let shop: TestEngine;
const start = (captures: boolean) =>
  startEngine(
    { shop: upstreams.url },
    [
      read('one', { cached: http.get(path`cached`, Thing, lasting), live: http.get(path`live`, Thing) }),
      read('two', { cached: http.get(path`cached`, Thing, lasting) }),
      read('items', { cached: items('1', {}, lasting), live: items('2', {}) }),
      read('drifted', { drifted: http.get(path`drifted`, Thing) }),
    ],
    { captures },
  );
beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = (response, { path: target, headers }) => {
    const answer = target.startsWith('/items')
      ? [{ id: '1' }, { id: '2' }]
      : target === '/drifted'
        ? { id: 1 }
        : { id: '1' };
    if (headers['if-none-match']) response.writeHead(304, { etag: '"1"' }).end();
    else if (target === '/cached')
      raw(response, JSON.stringify(answer), { 'content-type': 'application/json', etag: '"1"' });
    else json(response, answer);
  };
  shop = start(true);
});
afterEach(() => upstreams.close());

const ada = { authorization: 'Bearer ada' };
/** What was recorded of the answers to the calls of the last request, by section. */
const recorded = () => Object.fromEntries((recentTraces(1)[0]?.calls ?? []).map((call) => [call.section, call.answer]));
const SHOWN = '{"id":"1"}';
const HIDDEN = '{"id":"‹string›"}';

test('of a user’s request, values are shown only where they are public and shared', async () => {
  await shop.ask('/api/one', ada);
  expect(recorded()).toEqual({ cached: SHOWN, live: HIDDEN });
  await shop.ask('/api/one');
  expect(recorded()).toEqual({ cached: SHOWN, live: SHOWN });
});

test('each item of a batch is shown as its own call allows', async () => {
  await shop.ask('/api/items', ada);
  expect(recorded()).toEqual({ cached: SHOWN, live: HIDDEN });
});

test('all requests that share a flight have its answer, and so have those that find it in the cache', async () => {
  await Promise.all([shop.ask('/api/one'), shop.ask('/api/two')]);
  const [second, first] = recentTraces(2);
  expect([first, second].map((trace) => trace?.calls.find(({ section }) => section === 'cached')?.answer)).toEqual([
    SHOWN,
    SHOWN,
  ]);
  await shop.ask('/api/one', ada);
  expect(recorded().cached).toBe(SHOWN);
});

test('an answer that its upstream confirms with a 304 is shown', async () => {
  await shop.ask('/api/two');
  shop.purge('thing');
  await shop.ask('/api/two');
  expect(upstreams.seen.at(-1)?.headers['if-none-match']).toBe('"1"');
  expect(recorded()).toEqual({ cached: SHOWN });
});

test('an answer that does not fit its schema is shown', async () => {
  await shop.ask('/api/drifted');
  expect(recorded()).toEqual({ drifted: '{"id":1}' });
});

test('nothing is recorded where requests are not captured', async () => {
  shop = start(false);
  await shop.ask('/api/one');
  expect(recorded()).toEqual({ cached: undefined, live: undefined });
});
