import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { storeEntry } from '#kernel/cache/entry.ts';
import { cache } from '#kernel/cache/policy.ts';
import { purgeReader } from '#kernel/cache/purge-log.ts';
import { operation } from '#kernel/contract/operation.ts';
import { subject } from '#kernel/flow/section.ts';
import type { State } from '#kernel/state/state.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { MemoryTier } from '#tests/support/memory-tier.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ id: z.string() });
const http = upstream('shop', { timeout: 20_000, attempts: 1, parallel: 8 });
const ours = cache.for('1h').staleFor('1h').staleOnError('1h').tagged('thing');
const items = http.batch('items', Thing, {
  max: 9,
  id: 'id',
  request: (ids) => ({ get: path`items`.query({ ids: ids.join() }) }),
});
const contract = { summary: '', input: z.object({}), example: {}, deadline: 30_000 } as const;
const read = (id: string, call: Call<z.infer<typeof Thing>, 'public'>) =>
  operation(
    { ...contract, id, route: `GET /api/${id}`, audience: 'public', output: z.object({ thing: Thing }) },
    (_, { all }) => all({ thing: subject(call) }, (v) => v),
  );
const getMine = operation(
  { ...contract, id: 'mine', route: 'GET /api/mine', audience: 'personal', output: z.object({ thing: Thing }) },
  (_, { all }) =>
    all({ thing: subject(http.asUser.get(path`mine`, Thing, ours.withinUpstreams())) }, ({ thing }) => ({ thing })),
);
const READS = [
  read('bound', http.get(path`bound`, Thing, ours.withinUpstreams())),
  read('free', http.get(path`free`, Thing, ours)),
  read('gone', http.get(path`gone`, Thing, ours.withinUpstreams())),
  read('item', items('1', {}, ours.withinUpstreams())),
  getMine,
];

let fields: Record<string, string>;
let upstreams: TestUpstream;
let shop: TestEngine;
beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = (response, { path: target, headers }) => {
    for (const [name, value] of Object.entries(fields)) response.setHeader(name, value);
    if (fields.etag !== undefined && headers['if-none-match'] === fields.etag) response.writeHead(304).end();
    else if (target.startsWith('/gone')) json(response, {}, 404);
    else json(response, target.startsWith('/items') ? [{ id: '1' }] : { id: '1' });
  };
  shop = startEngine({ shop: upstreams.url }, READS);
});
afterEach(() => upstreams.close());

/** How often the upstream was asked, of three times that we were. */
async function asked(id: string, headers: Record<string, string> = {}): Promise<number> {
  const before = upstreams.seen.length;
  for (let times = 0; times < 3; times++) {
    await shop.ask(`/api/${id}`, headers);
    await shop.settled();
  }
  return upstreams.seen.length - before;
}

test.each([
  ['bound', { 'cache-control': 'max-age=60' }, 1],
  ['bound', {}, 1],
  ['bound', { 'cache-control': 's-maxage=0' }, 3],
  ['bound', { 'cache-control': 'no-store' }, 3],
  ['bound', { 'cache-control': 'private, max-age=60' }, 3],
  ['bound', { vary: 'Traceparent' }, 3],
  ['free', { 'cache-control': 'no-store' }, 1],
  ['item', { 'cache-control': 'max-age=60' }, 1],
  ['item', { 'cache-control': 'no-store' }, 3],
  ['gone', { 'cache-control': 'max-age=60' }, 1],
  ['gone', { 'cache-control': 'no-store' }, 3],
] as const)('%s, with %j, is asked for %i of 3 times', async (id, given, times) => {
  fields = given;
  expect(await asked(id)).toBe(times);
});

test('what is one user’s may be private, and is that user’s cache all the same', async () => {
  fields = { 'cache-control': 'private, max-age=60, s-maxage=0' };
  expect(await asked('mine', { authorization: 'Bearer ana' })).toBe(1);
  expect(await asked('mine', { authorization: 'Bearer ben' })).toBe(1);
});

test('no-cache is asked each time whether it still holds', async () => {
  fields = { 'cache-control': 'no-cache', etag: '"1"' };
  expect(await asked('bound')).toBe(3);
  expect(upstreams.seen.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"1"', '"1"']);
});

test('a 304 says anew how long it holds', async () => {
  fields = { 'cache-control': 's-maxage=0', etag: '"1"' };
  await asked('bound');
  fields = { 'cache-control': 'max-age=60', etag: '"1"' };
  expect(await asked('bound')).toBe(1);
});

test('what must not be stale does not stand in, and what may does', async () => {
  fields = { 'cache-control': 'max-age=0' };
  await shop.ask('/api/bound');
  upstreams.otherwise = (response) => json(response, {}, 500);
  expect((await shop.ask('/api/bound')).status).toBe(200);
  fields = { 'cache-control': 'max-age=0, must-revalidate' };
  upstreams.otherwise = (response) => {
    response.setHeader('cache-control', fields['cache-control'] ?? '');
    json(response, { id: '2' });
  };
  shop.purge('thing');
  expect((await shop.ask('/api/bound')).status).toBe(200);
  upstreams.otherwise = (response) => json(response, {}, 500);
  expect((await shop.ask('/api/bound')).status).toBe(502);
});

test('that it must not be stored is reported as drift and in the trace', async () => {
  fields = { 'cache-control': 'no-store' };
  await shop.ask('/api/bound');
  expect(recentTraces()[0]?.calls[0]?.wire?.unstored).toBe('no-store');
  expect([...shop.lane().ledger.values()]).toMatchObject([
    { upstream: 'shop', call: 'GET bound', path: 'Cache-Control', expected: 'what may be stored', actual: 'no-store' },
  ]);
});

describe('what was stored, and must not be any more', () => {
  let tier: MemoryTier;
  const anInstance = async (state: State) => {
    shop = startEngine({ shop: upstreams.url }, READS, { state, tier });
    await purgeReader(state, shop.engine.deps.tags)();
  };
  const expire = () => {
    const { calls } = shop.lane();
    for (const [key, entry] of [...calls.entries()])
      storeEntry(calls, key, { ...entry, freshUntil: 0, staleUntil: 0 }, 100);
    for (const [key, { text, until }] of tier.texts) {
      const stale = text.replace(/"fresh":[\d.]+/, '"fresh":-1').replace(/"stale":[\d.]+/, '"stale":-1');
      tier.texts.set(key, { text: stale, until });
    }
    shop.engine.responses.clear();
  };

  test.each<[string, string, Record<string, string>, Record<string, string>]>([
    ['no-store', 'bound', { 'cache-control': 'max-age=600' }, { 'cache-control': 'no-store' }],
    ['private', 'bound', { 'cache-control': 'max-age=600' }, { 'cache-control': 'private' }],
    ['by a Vary that only one request has', 'bound', {}, { vary: '*' }],
    ['no-store of a 304', 'bound', { etag: '"1"' }, { etag: '"1"', 'cache-control': 'no-store' }],
    ['no-cache: it would live for no time', 'bound', {}, { 'cache-control': 'no-cache' }],
    ['no-store of a thing that is gone', 'gone', {}, { 'cache-control': 'no-store' }],
    ['no-store of one item of a batch', 'item', {}, { 'cache-control': 'no-store' }],
  ])('%s: nobody has it any more, nor the tier', async (_, id, before, after) => {
    tier = new MemoryTier();
    const state = openSqliteState(join(tmpdir(), `tributary-${process.pid}`, `${randomUUID()}.db`));
    await anInstance(state);
    fields = before;
    await shop.ask(`/api/${id}`);
    await shop.settled();
    expect(tier.texts.size).toBe(1);
    fields = after;
    expire();
    await shop.ask(`/api/${id}`);
    await shop.settled();
    expect([tier.texts.size, tier.leases.size]).toEqual([0, 0]);
    // Where its upstream fails, nothing stands in that must not be kept.
    upstreams.otherwise = (response) => json(response, {}, 503);
    expect((await shop.ask(`/api/${id}`)).status).toBeGreaterThan(399);
    await anInstance(state);
    expect((await shop.ask(`/api/${id}`)).status).toBeGreaterThan(399);
    await shop.settled();
    await state.close();
  });

  test('in a tier that does not take it out at once: it is taken out later, and is not read here meanwhile', async () => {
    tier = new MemoryTier();
    const state = openSqliteState(join(tmpdir(), `tributary-${process.pid}`, `${randomUUID()}.db`));
    await anInstance(state);
    fields = {};
    await shop.ask('/api/bound');
    await shop.settled();
    tier.instead = (command) => (command === 'remove' ? Promise.reject(new Error('READONLY')) : undefined);
    fields = { 'cache-control': 'no-store' };
    expire();
    await shop.ask('/api/bound');
    await shop.settled();
    expect(tier.texts.size).toBe(1);
    upstreams.otherwise = (response) => json(response, {}, 503);
    expect((await shop.ask('/api/bound')).status).toBeGreaterThan(399);
    tier.instead = undefined;
    await expect.poll(() => tier.texts.size).toBe(0);
    await shop.settled();
    await state.close();
  });
});
