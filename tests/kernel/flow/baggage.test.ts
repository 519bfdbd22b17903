import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { turn, until } from '#tests/support/until.ts';
import { gated, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ id: z.string() });
const http = upstream('shop', { timeout: 20_000, attempts: 1, parallel: 8 });
const items = http.batch('items', Thing, {
  max: 9,
  id: 'id',
  request: (ids) => ({ get: path`items`.query({ ids: ids.join() }) }),
});
const lasting = cache.for('1h').tagged('thing');
const contract = { summary: '', input: z.object({}), example: {}, deadline: 30_000 } as const;
const read = (id: string, audience: 'public' | 'personal', call: () => Call<{ id: string }>) =>
  operation(
    { ...contract, id, route: `GET /api/${id}`, audience, output: z.object({ thing: z.unknown() }) },
    (_, { all }) => all({ thing: required(call() as never) }, (v) => v),
  );

let upstreams: TestUpstream;
let shop: TestEngine;
beforeEach(async () => {
  upstreams = await startUpstream();
  // It answers by whose baggage it is asked with, as it should not.
  upstreams.otherwise = (response, { path: target, headers }) => {
    const thing = { id: `1 ${headers.baggage ?? 'none'}` };
    json(response, target.startsWith('/items') ? [{ id: '1' }] : thing);
  };
  shop = startEngine({ shop: upstreams.url }, [
    read('all', 'public', () => http.get(path`all`, Thing, lasting)),
    read('fresh', 'public', () => http.get(path`fresh`, Thing)),
    read('item', 'public', () => items('1', {}, lasting)),
    read('mine', 'personal', () => http.asUser.get(path`mine`, Thing, lasting)),
    read('now', 'personal', () => http.asUser.get(path`now`, Thing)),
  ]);
  Object.assign(shop.engine.runtime, { baggage: ['tenant'] });
});
afterEach(() => upstreams.close());

const as = (tenant: string) => ({ authorization: 'Bearer ada', baggage: `tenant=${tenant},user=x` });
const told = async (id: string, tenant: string) => {
  const { json } = await shop.ask(`/api/${id}`, as(tenant));
  await shop.settled();
  return (json.thing as { id: string }).id;
};
const sent = () => upstreams.seen.map(({ headers }) => headers.baggage);

test.each(['all', 'fresh', 'item'])('a public read carries none, cached or not: %s', async (id) => {
  const [red, blue] = [await told(id, 'red'), await told(id, 'blue')];
  expect(red).toBe(blue);
  expect(new Set(sent())).toEqual(new Set([undefined]));
});

test.each([
  ['mine', 2],
  ['now', 4],
])('a private read carries it, and is told apart by it: %s', async (id, times) => {
  for (const _ of [1, 2]) {
    expect(await told(id, 'red')).toBe('1 tenant=red');
    expect(await told(id, 'blue')).toBe('1 tenant=blue');
  }
  expect(upstreams.count()).toBe(times);
});

test('two private reads under way at once are not one, where their baggage differs', async () => {
  const gate = gated((response, { headers }) => json(response, { id: `1 ${headers.baggage}` }));
  upstreams.otherwise = gate.handler;
  const asked = ['red', 'blue', 'red'].map((tenant) => told('now', tenant));
  await until('they are out', () => gate.waiting() === 2);
  await turn();
  gate.open();
  expect(await Promise.all(asked)).toEqual(['1 tenant=red', '1 tenant=blue', '1 tenant=red']);
});
