import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { purgeReader, seesPurges } from '#kernel/cache/purge-log.ts';
import { type Contract, operation } from '#kernel/contract/operation.ts';
import { optional, required } from '#kernel/flow/section.ts';
import { findHit } from '#kernel/http/read/hit.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream as menu } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { MemoryLogs } from '#tests/support/memory-state.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ n: z.int() });
const http = menu('shop', { timeout: 1_000, attempts: 1, parallel: 8 });
const thing = (id: string) => http.get(path`things/${id}`, Thing, cache.for('60s').tagged('all things', `thing:${id}`));

const read = (id: string, more: Pick<Contract, 'shared' | 'headers'>, audience: 'public' | 'either' = 'public') =>
  operation(
    {
      id,
      route: `GET /api/${id}/{id}`,
      summary: '',
      audience,
      input: z.object({ id: z.string() }),
      example: { id: '1' },
      output: z.object({ thing: Thing, other: Thing.optional() }),
      deadline: 2_000,
      ...more,
    },
    ({ id: one }, { all }) => {
      const other = http.get(path`others/${one}`, Thing, cache.for('60s').tagged('others'));
      return all({ thing: required(thing(one)), other: optional(other) }, (sections) => sections);
    },
  );

const shared = read('shared', { shared: { seconds: 30 } });
const plain = read('plain', {});

let upstream: TestUpstream;
let engine: TestEngine;

beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.close());
beforeEach(() => {
  upstream.otherwise = (response) => json(response, { n: 1 });
});

const CDN_FIELDS = ['cdn-cache-control', 'surrogate-control', 'surrogate-key', 'cache-tag'];
const fieldsIn = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => CDN_FIELDS.includes(name)),
  );
const asked = async (target: string, headers: Record<string, string> = {}) => {
  const { status, headers: fields } = await engine.ask(target, headers);
  return { status, cdn: fieldsIn(fields), browser: fields['cache-control'] ?? fields['Cache-Control'] };
};

const KEPT = {
  'cdn-cache-control': 'max-age=30',
  'surrogate-control': 'max-age=30',
  'surrogate-key': 'tributary upstream:shop all%20things thing:1 others',
};
const NOT_KEPT = { 'cdn-cache-control': 'no-store', 'surrogate-control': 'max-age=0' };

describe('with a CDN', () => {
  beforeEach(() => {
    engine = startEngine({ shop: upstream.url }, [shared, plain], { cdn: 'fastly' });
    // The log of purges was read just now.
    engine.engine.deps.tags.readAt = performance.now() + 60_000;
  });

  test('a shared answer says by what it is purged there, and browsers get what they always get', async () => {
    const first = await asked('/api/shared/1');
    expect(first).toEqual({ status: 200, cdn: expect.anything(), browser: 'public, no-cache' });
    expect(first.cdn['surrogate-key']?.split(' ').sort()).toEqual(KEPT['surrogate-key'].split(' ').sort());
    expect({ ...first.cdn, 'surrogate-key': '' }).toEqual({ ...KEPT, 'surrogate-key': '' });
  });

  test('so does one from the cache, and a 304', async () => {
    const first = await asked('/api/shared/1');
    const hit = findHit(engine.engine, '/api/shared/1', {});
    const flat = hit?.headers ?? [];
    for (const [name, value] of Object.entries(first.cdn)) {
      const index = flat.findIndex((field) => field.toLowerCase() === name);
      expect(flat[index + 1]).toBe(value);
    }
    const etag = flat[flat.indexOf('ETag') + 1] ?? '';
    expect(await asked('/api/shared/1', { 'if-none-match': etag })).toEqual({ ...first, status: 304 });
  });

  test('no CDN may store what is incomplete, may be of a lagging replica, or is not shared by its contract', async () => {
    expect((await asked('/api/plain/1')).cdn).toEqual(NOT_KEPT);
    upstream.on('/others/9', (response) => json(response, {}, 500));
    const incomplete = await asked('/api/shared/9');
    expect(incomplete).toEqual({ status: 200, cdn: NOT_KEPT, browser: 'no-store' });
    engine.purge('thing:2');
    expect((await asked('/api/shared/2')).cdn).toEqual(NOT_KEPT);
  });
});

describe('with a CDN, and a log of purges that can’t be read', () => {
  const DEAD_AFTER = 2_000;
  const state = new MemoryLogs();
  let away: boolean;
  let read: () => Promise<void>;
  beforeEach(async () => {
    away = false;
    engine = startEngine({ shop: upstream.url }, [shared], { cdn: 'fastly' });
    const seen = state.seen();
    const reading: typeof seen.read = (...args) => (away ? Promise.reject(new Error('away')) : seen.read(...args));
    read = purgeReader({ ...seen, read: reading }, engine.engine.deps.tags);
  });
  const later = () => {
    engine.engine.deps.tags.readAt -= DEAD_AFTER;
  };
  const shares = async (headers: Record<string, string> = {}) => {
    const { status, cdn } = await asked('/api/shared/1', headers);
    return [status, cdn];
  };
  const hit = () => {
    const { headers = [] } = findHit(engine.engine, '/api/shared/1', {}) ?? {};
    const names = headers.filter((_, index) => index % 2 === 0);
    return fieldsIn(Object.fromEntries(names.map((name) => [name, headers[headers.indexOf(name) + 1] ?? ''])));
  };

  test('nothing is given to it, composed, cached or unchanged, until purges are seen again', async () => {
    // Nobody has read it yet.
    expect(await shares()).toEqual([200, NOT_KEPT]);
    await read();
    expect((await shares())[1]).toMatchObject({ 'cdn-cache-control': 'max-age=30' });
    const { headers } = await engine.ask('/api/shared/1');
    expect(hit()).toMatchObject({ 'cdn-cache-control': 'max-age=30' });
    const before = upstream.count();
    away = true;
    later();
    await expect(read()).rejects.toThrow('away');
    expect(await shares()).toEqual([200, NOT_KEPT]);
    expect(hit()).toEqual(NOT_KEPT);
    expect(await shares({ 'if-none-match': headers.etag ?? '' })).toEqual([304, NOT_KEPT]);
    // It goes on with what it has.
    expect(upstream.count()).toBe(before);
    away = false;
    await read();
    expect(hit()).toMatchObject({ 'cdn-cache-control': 'max-age=30' });
  });

  test('a log that is read is seen from when it was asked, not from when it answered', async () => {
    const { tags } = engine.engine.deps;
    const began = performance.now();
    await read();
    expect(tags.readAt).toBeGreaterThanOrEqual(began);
    expect(tags.readAt).toBeLessThanOrEqual(performance.now());
    expect(seesPurges(tags, tags.readAt + DEAD_AFTER - 1)).toBe(true);
    expect(seesPurges(tags, tags.readAt + DEAD_AFTER)).toBe(false);
  });
});

test('without a CDN there is not a byte of it', async () => {
  engine = startEngine({ shop: upstream.url }, [shared]);
  expect(await asked('/api/shared/1')).toEqual({ status: 200, cdn: {}, browser: 'public, no-cache' });
});

test.each([
  ['is not public', read('odd', { shared: { seconds: 30 } }, 'either'), /is either, and shared/],
  [
    'depends on a header',
    read('odd', { shared: { seconds: 30 }, headers: ['accept-language'] }),
    /on a request header/,
  ],
])('what %s can’t be shared', (_, odd, complaint) => {
  expect(() => startEngine({ shop: upstream.url }, [odd])).toThrow(complaint);
});
