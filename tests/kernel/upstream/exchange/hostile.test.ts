import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { CallErrorReason } from '#kernel/base/call-error.ts';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { subject } from '#kernel/flow/section.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { until } from '#tests/support/until.ts';
import { type Handler, hang, json, raw, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';
import { startVirtualTime } from '#tests/support/virtual-time.ts';

const TIMEOUT = 400;
const MAX_BYTES = 500_000;
const JSON_TYPE = { 'content-type': 'application/json' };
const Thing = z.object({ id: z.string(), count: z.number().optional(), tree: z.unknown().optional() });
const http = upstream('things', { timeout: TIMEOUT, attempts: 2, parallel: 4, maxBytes: MAX_BYTES });
const policy = cache.for('60s').staleFor('60s').staleOnError('60s').tagged('things');

const getThing = operation(
  {
    id: 'getThing',
    route: 'GET /api/things/{id}',
    summary: '',
    audience: 'public',
    input: z.object({ id: z.string() }),
    example: { id: '1' },
    output: z.object({ thing: Thing }),
    deadline: 2_000,
  },
  ({ id }, { all }) => all({ thing: subject(http.get(path`things/${id}`, Thing, policy)) }, ({ thing }) => ({ thing })),
);

let things: TestUpstream;
let shop: TestEngine;

beforeEach(async () => {
  things = await startUpstream();
  shop = startEngine({ things: things.url }, [getThing]);
});
afterEach(() => things.close());

const body = (text: string | Buffer, headers: Record<string, string> = JSON_TYPE): Handler => {
  return (response) => raw(response, text, headers);
};
const coded = (coding: string, bytes: Buffer): Handler => body(bytes, { ...JSON_TYPE, 'content-encoding': coding });
const good = '{"id":"1"}';
const bomb = JSON.stringify({ id: 'a'.repeat(MAX_BYTES * 20) });

const drip: Handler = (response) => {
  response.writeHead(200, JSON_TYPE);
  const timer = setInterval(() => response.write(' '), 50);
  response.on('close', () => clearInterval(timer));
};
const endless: Handler = (response) => {
  response.writeHead(200, JSON_TYPE);
  const chunk = Buffer.alloc(64 * 1_024, ' ');
  const fill = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', fill);
  fill();
};
const truncated: Handler = (response) => {
  response.writeHead(200, { ...JSON_TYPE, 'content-length': '1000' });
  response.write(good);
  setTimeout(() => response.destroy(), 10);
};
const cutChunks: Handler = (response) => {
  response.writeHead(200, JSON_TYPE);
  response.write(good);
  setTimeout(() => response.destroy(), 10);
};
const doubled: Handler = (response) => {
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-encoding', ['gzip', 'gzip']);
  response.end(gzipSync(gzipSync(good)));
};

const cases: [name: string, handler: Handler, reason: CallErrorReason, slug: string, attempts: number][] = [
  ['malformed JSON', body('{"id":"1"'), 'contract', 'upstream-contract', 1],
  ['JSON with more after it', body(`${good} x`), 'contract', 'upstream-contract', 1],
  ['nothing at all', body(''), 'contract', 'upstream-contract', 1],
  ['NaN', body('{"id":"1","count":NaN}'), 'contract', 'upstream-contract', 1],
  ['a doubled key', body('{"id":"1","id":"2"}'), 'contract', 'upstream-contract', 1],
  ['a doubled key in disguise', body('{"id":"1","\\u0069d":"2"}'), 'contract', 'upstream-contract', 1],
  ['a number that loses digits', body('{"id":"1","count":9007199254740993}'), 'contract', 'upstream-contract', 1],
  ['a number beyond all bounds', body('{"id":"1","count":1e999}'), 'contract', 'upstream-contract', 1],
  ['a member named __proto__', body('{"id":"1","__proto__":{"count":1}}'), 'contract', 'upstream-contract', 1],
  [
    '100,000 levels of arrays',
    body(`{"id":"1","tree":${'['.repeat(1e5)}${']'.repeat(1e5)}}`),
    'contract',
    'upstream-contract',
    1,
  ],
  ['65 levels', body(`{"id":"1","tree":${'['.repeat(64)}${']'.repeat(64)}}`), 'contract', 'upstream-contract', 1],
  [
    'bytes that are no UTF-8',
    body(Buffer.from([...Buffer.from('{"id":"'), 0xc3, 0x28, 0x22, 0x7d])),
    'contract',
    'upstream-contract',
    1,
  ],
  [
    'an overlong UTF-8 form',
    body(Buffer.from([...Buffer.from('{"id":"'), 0xc0, 0xaf, 0x22, 0x7d])),
    'contract',
    'upstream-contract',
    1,
  ],
  ['HTML', body('<h1>hi</h1>', { 'content-type': 'text/html' }), 'contract', 'upstream-contract', 1],
  ['JSON that says it is text', body(good, { 'content-type': 'text/plain' }), 'contract', 'upstream-contract', 1],
  ['JSON without a type', body(good, {}), 'contract', 'upstream-contract', 1],
  [
    'a type that only begins like JSON',
    body(good, { 'content-type': 'application/jsonp' }),
    'contract',
    'upstream-contract',
    1,
  ],
  ['204', (response) => void response.writeHead(204).end(), 'contract', 'upstream-contract', 1],
  ['a wrong type', body('{"id":1}'), 'contract', 'upstream-contract', 1],
  ['a list where an object was due', body('[]'), 'contract', 'upstream-contract', 1],
  ['null', body('null'), 'contract', 'upstream-contract', 1],
  ['a gzip bomb', coded('gzip', gzipSync(bomb)), 'contract', 'upstream-contract', 1],
  ['a brotli bomb', coded('br', brotliCompressSync(bomb)), 'contract', 'upstream-contract', 1],
  ['a zstd bomb', coded('zstd', zstdCompressSync(bomb)), 'contract', 'upstream-contract', 1],
  ['half a gzip', coded('gzip', gzipSync(good).subarray(0, 15)), 'contract', 'upstream-contract', 1],
  ['gzip that is none', coded('gzip', Buffer.from(good)), 'contract', 'upstream-contract', 1],
  ['two codings', coded('gzip, gzip', gzipSync(gzipSync(good))), 'contract', 'upstream-contract', 1],
  ['two codings in two fields', doubled, 'contract', 'upstream-contract', 1],
  ['a coding that nobody knows', coded('lzma', Buffer.from(good)), 'contract', 'upstream-contract', 1],
  [
    'a coding named like a member of all objects',
    coded('constructor', Buffer.from(good)),
    'contract',
    'upstream-contract',
    1,
  ],
  ['a body larger than allowed', body(`{"id":"${'a'.repeat(MAX_BYTES)}"}`), 'contract', 'upstream-contract', 1],
  ['a body without end', endless, 'contract', 'upstream-contract', 1],
  ['a body cut short of its length', truncated, 'unavailable', 'upstream-failed', 2],
  ['a chunked body cut short', cutChunks, 'unavailable', 'upstream-failed', 2],
  ['a socket closed without a word', (response) => void response.destroy(), 'unavailable', 'upstream-failed', 2],
  ['what is no HTTP', (response) => void response.socket?.end('hello\r\n\r\n'), 'unavailable', 'upstream-failed', 2],
  [
    '302',
    (response) => raw(response, good, { ...JSON_TYPE, location: '/things/2' }, 302),
    'unavailable',
    'upstream-failed',
    1,
  ],
  [
    '308',
    (response) => raw(response, good, { ...JSON_TYPE, location: '/things/2' }, 308),
    'unavailable',
    'upstream-failed',
    1,
  ],
  ['a part of what was asked for', (response) => json(response, { id: '1' }, 206), 'contract', 'upstream-contract', 1],
  ['304', (response) => void response.writeHead(304).end(), 'unavailable', 'upstream-failed', 1],
  ['500', (response) => json(response, {}, 500), 'unavailable', 'upstream-failed', 1],
  ['503', (response) => json(response, {}, 503), 'unavailable', 'upstream-failed', 2],
  ['400', (response) => json(response, {}, 400), 'unavailable', 'upstream-failed', 1],
  ['401 to our own key', (response) => json(response, {}, 401), 'denied', 'upstream-failed', 1],
  ['a byte every 50 ms', drip, 'timeout', 'upstream-timeout', 2],
  ['silence', hang, 'timeout', 'upstream-timeout', 2],
];

describe('an upstream that answers', () => {
  test.each(cases)('%s never gets through', async (_, handler, reason, slug, attempts) => {
    if (reason === 'timeout') {
      // Who keeps us waiting is waited for as long as its contract says.
      const time = await startVirtualTime();
      onTestFinished(time.end);
      shop = startEngine({ things: things.url }, [getThing], { deadlineScale: 10 });
    }
    things.otherwise = handler;
    const { status, json: problem } = await shop.ask('/api/things/1');
    expect([problem.code, status]).toEqual([slug, slug === 'upstream-timeout' ? 504 : 502]);
    const [call] = recentTraces()[0]?.calls ?? [];
    expect([call?.outcome, call?.wire?.attempts]).toEqual([reason, attempts]);
    expect(things.count()).toBe(attempts);
    expect(shop.lane().calls.size).toBe(0);
    expect(shop.engine.responses.size).toBe(0);
    expect(shop.lane().flights.size).toBe(0);
    expect(shop.reported).toEqual([]);
    expect(shop.lane().upstreams.get('things')?.bulkhead).toMatchObject({ active: 0 });
    await until('no socket is busy', () => things.busySockets() === 0);
  });

  test.each<[string, Handler]>([
    ['gzip', coded('gzip', gzipSync(good))],
    ['GZIP', coded('GZIP', gzipSync(good))],
    ['br', coded('br', brotliCompressSync(good))],
    ['identity', coded('identity', Buffer.from(good))],
    ['a byte order mark', body(`\uFEFF${good}`)],
    ['a charset', body(good, { 'content-type': 'application/json; charset=utf-8' })],
    ['a subtype of JSON', body(good, { 'content-type': 'application/hal+json' })],
    ['64 levels', body(`{"id":"1","tree":${'['.repeat(63)}${']'.repeat(63)}}`)],
    ['white space', body(' {\n"id" : "1" }\r\n')],
    ['numbers in other words', body('{"id":"1","count":1.50e1}')],
    ['as much as is allowed', body(`{"id":"1"${' '.repeat(MAX_BYTES - good.length)}}`)],
  ])('with %s is understood', async (_, handler) => {
    things.otherwise = handler;
    const { status, json: view } = await shop.ask('/api/things/1');
    expect([status, (view.thing as { id: string } | undefined)?.id]).toEqual([200, '1']);
    expect(shop.lane().calls.size).toBe(1);
  });

  test('more unknown members than anyone can read does not stop the process', async () => {
    const junk = Array.from({ length: 20_000 }, (_, index) => `"k${index}":1`).join();
    things.otherwise = body(`{"id":"1",${junk}}`);
    await shop.ask('/api/things/1');
    expect(shop.lane().ledger.size).toBeLessThanOrEqual(1_000);
  });
});

describe('an upstream that is not there', () => {
  test('is unavailable, tried twice, and nothing of it is kept', async () => {
    await things.close();
    const { status, json: problem } = await shop.ask('/api/things/1');
    expect([status, problem.code]).toEqual([502, 'upstream-failed']);
    expect(recentTraces()[0]?.calls[0]).toMatchObject({ outcome: 'unavailable', wire: { attempts: 2 } });
    expect(shop.lane().calls.size).toBe(0);
  });
});
