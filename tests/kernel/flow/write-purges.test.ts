import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { purging, purgingPrivate } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { until } from '#tests/support/until.ts';
import { gated, type Handler, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ n: z.int() });
const http = upstream('shop', { timeout: 60_000, attempts: 1, parallel: 8 });
const contract = { summary: '', input: z.object({}), example: {}, audience: 'either', deadline: 60_000 } as const;
const thing = http.get(path`thing`, Thing, cache.for('1h').tagged('thing'));
const own = http.asUser.get(path`own`, Thing, cache.for('1h').tagged('own'));

const getThing = operation(
  { ...contract, audience: 'public', id: 'getThing', route: 'GET /api/thing', output: z.object({ thing: Thing }) },
  (_, { all }) => all({ thing: required(thing) }, (v) => v),
);
const getOwn = operation(
  { ...contract, id: 'getOwn', route: 'GET /api/own', output: z.object({ own: Thing }) },
  (_, { all }) => all({ own: required(own) }, (v) => v),
);
const write = purgingPrivate(purging(http.asUser.post(path`write`, {}, Thing), 'thing'), 'own');
const post = operation(
  { ...contract, id: 'post', route: 'POST /api/thing', answers: { 204: undefined } },
  async (_, { need }) => {
    await need(write);
    return done();
  },
);
const postAndFail = operation(
  { ...contract, id: 'postAndFail', route: 'POST /api/failing', answers: { 204: undefined } },
  async (_, { need }) => {
    await need(write);
    await need(http.get(path`missing`, Thing));
    return done();
  },
);
const postHasty = operation(
  { ...contract, id: 'postHasty', route: 'POST /api/hasty', answers: { 204: undefined }, deadline: 20 },
  async (_, { need }) => {
    await need(write);
    return done();
  },
);

const ADA = { authorization: 'Bearer ada' };
let upstreams: TestUpstream;
let shop: TestEngine;

beforeEach(async () => {
  upstreams = await startUpstream();
  for (const prefix of ['/thing', '/own']) upstreams.on(prefix, (response) => json(response, { n: 1 }));
  shop = startEngine({ shop: upstreams.url }, [getThing, getOwn, post, postAndFail, postHasty]);
  await shop.ask('/api/thing');
  await shop.ask('/api/own', ADA);
});
afterEach(() => upstreams.close());

async function askedAgain(): Promise<{ thing: boolean; own: boolean }> {
  const before = { thing: upstreams.count('/thing'), own: upstreams.count('/own') };
  await shop.ask('/api/thing');
  await shop.ask('/api/own', ADA);
  const own = upstreams.count('/own') > before.own;
  return { thing: upstreams.count('/thing') > before.thing, own };
}

const cut: Handler = (response) => void response.destroy();
const broken: Handler = (response) => json(response, { n: 'much' });

test.each<[string, string, number, Handler]>([
  ['done', '/api/thing', 204, (response) => json(response, { n: 1 })],
  ['done, whatever fails after it', '/api/failing', 502, (response) => json(response, { n: 1 })],
  ['a socket that breaks', '/api/thing', 502, cut],
  ['a 500', '/api/thing', 502, (response) => json(response, {}, 500)],
  ['a 303, which says where to look', '/api/thing', 502, (response) => json(response, {}, 303)],
  ['an answer that does not fit', '/api/thing', 502, broken],
])('what was written is old: %s', async (_, target, status, handler) => {
  upstreams.on('/write', handler);
  expect((await shop.ask(target, ADA, { method: 'POST' })).status).toBe(status);
  expect(await askedAgain()).toMatchObject({ thing: true, own: true });
});

test.each([
  [503, '30'],
  [500, '30'],
])('an unknown outcome after %i says when to look again', async (status, after) => {
  upstreams.on('/write', (response) => json(response.setHeader('retry-after', after), {}, status));
  const { json: problem, headers } = await shop.ask('/api/thing', ADA, { method: 'POST' });
  expect(problem).toMatchObject({ status: 502, code: 'outcome-unknown' });
  expect(headers['retry-after']).toBe(after);
});

test('late: old at once, and once more when it comes to its end', async () => {
  const gate = gated((response) => json(response, { n: 1 }));
  upstreams.on('/write', gate.handler);
  const told = shop.ask('/api/hasty', ADA, { method: 'POST' });
  await until('the write is under way', () => gate.waiting() === 1);
  expect((await told).json).toMatchObject({ status: 504, code: 'outcome-unknown' });
  expect(await askedAgain()).toMatchObject({ thing: true, own: true });
  gate.open();
  await shop.settled();
  expect(await askedAgain()).toMatchObject({ thing: true, own: true });
});

test.each([400, 409, 422, 429])('refused with %i nothing is old', async (status) => {
  upstreams.on('/write', (response) => json(response, {}, status));
  await shop.ask('/api/thing', ADA, { method: 'POST' });
  expect(await askedAgain()).toMatchObject({ thing: false, own: false });
});

test('other processes hear of it', async () => {
  upstreams.on('/write', cut);
  const before = shop.engine.deps.tags.sequence;
  const { state } = shop.engine.runtime.sessions;
  const commits: unknown[] = [];
  const commit = state.commit.bind(state);
  state.commit = (steps) => {
    commits.push(...steps);
    return commit(steps);
  };
  await shop.ask('/api/thing', ADA, { method: 'POST' });
  await shop.settled();
  expect(shop.engine.deps.tags.sequence).toBeGreaterThan(before);
  expect(commits).toHaveLength(2);
});
