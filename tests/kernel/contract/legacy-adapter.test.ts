import { parseItem } from 'structured-headers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { legacyAdapter } from '#kernel/contract/legacy-adapter.ts';
import { operation } from '#kernel/contract/operation.ts';
import { optional, required } from '#kernel/flow/section.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const http = upstream('shop', { timeout: 500, attempts: 1, parallel: 4 });
const Thing = z.object({ n: z.int() });
const deprecated = { since: '2026-09-01', sunset: '2027-01-31', successor: '/api/things/{id}' };
const get = (name: string, id: string) => http.get(path`${name}/${id}`, Thing, cache.for('60s').tagged('thing'));

const getThing = operation(
  {
    id: 'getThing',
    route: 'GET /api/things/{id}',
    summary: '',
    audience: 'public',
    input: z.object({ id: z.string() }),
    example: { id: '1' },
    output: z.object({ number: z.int(), extra: z.int().optional() }),
    parts: ['extra'],
    deadline: 500,
  },
  ({ id }, { all }) =>
    all({ thing: required(get('thing', id)), extra: optional(get('extra', id)) }, ({ thing, extra }) => ({
      number: thing.n,
      ...(extra && { extra: extra.n }),
    })),
);
const getThingV1 = legacyAdapter(
  getThing,
  {
    id: 'getThingV1',
    route: 'GET /api/v1/things/{id}',
    summary: '',
    output: z.object({ nr: z.string(), more: z.number().nullable() }),
    deprecated,
  },
  ({ number, extra }) => ({ nr: String(number), more: extra ?? null, secret: 1 }),
);

let upstreams: TestUpstream;
let shop: TestEngine;
beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = (response) => json(response, { n: 7 });
  shop = startEngine({ shop: upstreams.url }, [getThing, getThingV1]);
});
afterEach(() => upstreams.close());

test('a deprecated route answers as its operation does, in its own shape, and nothing that this does not know', async () => {
  const [now, old] = [await shop.ask('/api/things/1'), await shop.ask('/api/v1/things/1')];
  expect(now.json).toMatchObject({ number: 7, extra: 7 });
  expect(old.json).toEqual({ nr: '7', more: 7, meta: { complete: true, sections: {} } });
  // The same calls: what the one has asked for the other finds.
  expect(upstreams.count()).toBe(2);
  expect((await shop.ask('/api/v1/things/1?parts=')).json).toMatchObject({ nr: '7', more: null });
});

test('every answer of it says since when, until when, and what to use instead, and no other does', async () => {
  const first = await shop.ask('/api/v1/things/1');
  const answers = [
    first,
    await shop.ask('/api/v1/things/1'),
    await shop.ask('/api/v1/things/1', { 'if-none-match': first.headers.etag ?? '' }),
    await shop.ask('/api/v1/things/1', {}, { method: 'HEAD' }),
    await shop.ask('/api/v1/things/1?nonsense=1'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 304, 200, 400]);
  expect(answers[1]?.headers['cache-status']).toBe('tributary; hit');
  for (const { headers } of answers) {
    const [since] = parseItem(headers.deprecation ?? '');
    expect(since).toEqual(new Date('2026-09-01T00:00:00Z'));
    expect(headers.sunset).toBe('Sun, 31 Jan 2027 00:00:00 GMT');
    expect(headers.link?.split(', ')).toEqual([
      '<http://shop.test/deprecations>; rel="deprecation"; type="text/html"',
      '<http://shop.test/deprecations>; rel="sunset"; type="text/html"',
      '</api/things/1>; rel="successor-version"',
    ]);
  }
  for (const name of ['deprecation', 'sunset', 'link'])
    expect((await shop.ask('/api/things/1')).headers).not.toHaveProperty(name);
});
