import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { findHit } from '#kernel/http/read/hit.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { OPERATIONS } from '#tests/support/operations.ts';
import { pause } from '#tests/support/until.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Whole = z.object({ n: z.int(), large: z.string() });
const http = upstream('shop', { timeout: 20_000, attempts: 1, parallel: 8 });
const TEXT = { summary: '', audience: 'public', input: z.object({}), example: {}, deadline: 30_000 } as const;

let upstreams: TestUpstream;
let shop: TestEngine;

beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = (response) => json(response, { n: 1 });
  shop = startEngine({ shop: upstreams.url }, OPERATIONS);
});
afterEach(() => upstreams.close());

const kept = () => [...shop.engine.responses.values()];
const cacheOf = async (target: string, headers?: Record<string, string>) =>
  (await shop.ask(target, headers)).headers['cache-status'];

describe('a composed answer', () => {
  test('is stored when all of it is fresh, and served from its bytes', async () => {
    const first = await shop.ask('/api/pairs/1');
    expect(first.headers['cache-status']).toBe('tributary; fwd=miss; stored');
    shop.lane().calls.clear();
    const second = await shop.ask('/api/pairs/1');
    expect(second.headers['cache-status']).toBe('tributary; hit');
    expect(second.text).toBe(first.text);
    expect(second.headers.etag).toBe(first.headers.etag);
    expect(upstreams.count()).toBe(2);
  });

  test('that is too large for its cache is given in full, says so, and is made again', async () => {
    const large = 'x'.repeat(1_500_000);
    upstreams.otherwise = (response) => json(response, { n: 1, large });
    const parts = { left: Whole, right: Whole };
    const call = (name: string) => http.get(path`${name}`, Whole, cache.for('1h').tagged(name));
    const both = operation({ ...TEXT, id: 'both', route: 'GET /api/both', output: z.object(parts) }, (_, { all }) =>
      all({ left: required(call('left')), right: required(call('right')) }, (v) => v),
    );
    shop = startEngine({ shop: upstreams.url }, [both]);
    for (const _ of [1, 2]) {
      const { status, text, headers } = await shop.ask('/api/both');
      expect([status, text.length > 3_000_000]).toEqual([200, true]);
      expect(headers['cache-status']).toBe('tributary; fwd=miss; detail=too-large');
    }
    expect(kept()).toEqual([]);
  });

  test('lives until the earliest of its calls is no longer fresh', async () => {
    await shop.ask('/api/pairs/1');
    const [composite] = kept();
    const ends = [...shop.lane().calls.values()].map(({ freshUntil }) => freshUntil);
    expect(composite?.freshUntil).toBe(Math.min(...ends));
    expect(ends[0]).not.toBe(ends[1]);
    expect([...(composite?.tags ?? [])].sort()).toEqual(['left', 'right', 'upstream:shop']);
  });

  test('is composed again once that has passed', async () => {
    await shop.ask('/api/brief/1');
    await pause(40);
    expect(await cacheOf('/api/brief/1')).not.toContain('hit');
    await shop.settled();
  });

  test.each(['left', 'right'])('dies with a purge of %s, and only what was purged is fetched again', async (tag) => {
    await shop.ask('/api/pairs/1');
    shop.purge(tag);
    expect(await cacheOf('/api/pairs/1')).not.toContain('hit');
    expect(upstreams.seen.map(({ path: asked }) => asked).slice(2)).toEqual([`/${tag}/1`]);
  });

  test('does not die with a purge of anything else', async () => {
    await shop.ask('/api/pairs/1');
    shop.purge('other');
    expect(await cacheOf('/api/pairs/1')).toBe('tributary; hit');
  });

  test('is stored again after a purge of one of its tags, once that part was fetched anew', async () => {
    await shop.ask('/api/pairs/1');
    shop.purge('right');
    expect(await cacheOf('/api/pairs/1')).toContain('stored');
    expect(await cacheOf('/api/pairs/1')).toBe('tributary; hit');
  });

  test.each([
    ['what may not be kept', '/api/live/1', {}],
    ['a scenario', '/api/things/1', { 'x-scenario': 'shop=slow' }],
  ])('is not stored of %s', async (_, target, headers) => {
    expect(await cacheOf(target, headers)).not.toContain('stored');
    expect(kept()).toEqual([]);
    expect(shop.engine.keyByTarget.size).toBe(0);
  });

  test('is not stored of an error', async () => {
    upstreams.otherwise = (response) => json(response, {}, 404);
    expect((await shop.ask('/api/things/1')).status).toBe(502);
    expect(kept()).toEqual([]);
  });

  test('is not remembered under spellings without end', async () => {
    for (let spelling = 0; spelling < 400; spelling++)
      await shop.ask(`/api/things/1?${'&'.repeat(7_000)}${'&'.repeat(spelling)}`);
    expect(shop.engine.keyByTarget.size).toBe(0);
    for (let spelling = 0; spelling < 400; spelling++) await shop.ask(`/api/things/1?${'&'.repeat(spelling)}`);
    expect(shop.engine.keyByTarget.calculatedSize).toBeLessThanOrEqual(2 * 1024 * 1024);
    expect(shop.engine.keyByTarget.size).toBeGreaterThan(0);
  });

  test('is found by its raw target before any router, until it is purged', async () => {
    expect(findHit(shop.engine, '/api/things/1', {})).toBeUndefined();
    const first = await shop.ask('/api/things/1');
    const hit = findHit(shop.engine, '/api/things/1', {});
    expect(hit?.status).toBe(200);
    expect(String(hit?.body)).toBe(first.text);
    expect(findHit(shop.engine, '/api/things/2', {})).toBeUndefined();
    expect(findHit(shop.engine, '/api/things/1', { 'x-scenario': 'shop=down' })).toBeUndefined();
    expect(findHit(shop.engine, '/api/things/1', { cookie: 'a=b; scenario=shop%3Ddown' })).toBeUndefined();
    expect(findHit(shop.engine, '/api/things/1', { accept: 'text/html' })).toBeUndefined();
    expect(findHit(shop.engine, '/api/things/1', { 'if-none-match': first.headers.etag })?.status).toBe(304);
    shop.purge('thing:1');
    expect(findHit(shop.engine, '/api/things/1', {})).toBeUndefined();
  });
});
