import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { routesOf } from '#kernel/http/engine/routing.ts';
import { plainEtag } from '#kernel/http/negotiation/preconditions.ts';
import { answer } from '#kernel/http/pipeline/answer.ts';
import { findHit } from '#kernel/http/read/hit.ts';
import type { Reply } from '#kernel/http/request/inbound.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream as menu } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { runs } from '#tests/support/long.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Text = z.object({ text: z.string() });
const http = menu('shop', { timeout: 1_000, attempts: 1, parallel: 8 });
/** Long enough to be coded. */
const getText = operation(
  {
    id: 'getText',
    route: 'GET /api/text',
    summary: '',
    audience: 'public',
    input: z.object({}),
    example: {},
    output: z.object({ text: Text }),
    deadline: 2_000,
  },
  (_, { all }) => all({ text: required(http.get(path`text`, Text, cache.for('60s').tagged('text'))) }, (v) => v),
);
const ROUTES = routesOf([getText]);
const TARGET = '/api/text';

let upstream: TestUpstream;
let engine: TestEngine;
let etag: string;
beforeAll(async () => {
  upstream = await startUpstream();
  upstream.on('/text', (response) => json(response, { text: 'one line of text. '.repeat(200) }));
});
afterAll(() => upstream.close());
beforeEach(async () => {
  engine = startEngine({ shop: upstream.url }, [getText]);
  etag = (await engine.ask(TARGET)).headers.etag ?? '';
});

type Headers = Record<string, string>;

/** As the lean host does: what is kept at once, else by the long path. */
async function ask(headers: Headers): Promise<{ reply: Reply; hit: boolean }> {
  const hit = findHit(engine.engine, TARGET, headers);
  if (hit) return { reply: hit, hit: true };
  const inbound = {
    method: 'GET',
    target: TARGET,
    headers,
    body: undefined,
    address: '192.0.2.1',
    gone: new Cancellation(),
  };
  return { reply: await answer(engine.engine, ROUTES, inbound), hit: false };
}

/** What an answer is, whatever it went through. */
function essence({ status, headers, body }: Reply) {
  const fields: Headers = {};
  for (let at = 0; at < headers.length; at += 2) fields[(headers[at] ?? '').toLowerCase()] = headers[at + 1] ?? '';
  const coding = fields['content-encoding'];
  const decode = coding === 'br' ? brotliDecompressSync : coding === 'gzip' ? gunzipSync : (bytes: Uint8Array) => bytes;
  const text = typeof body === 'object' ? Buffer.from(decode(body)).toString() : typeof body;
  return {
    status,
    type: fields['content-type'],
    vary: fields.vary,
    control: fields['cache-control'],
    etag: fields.etag && plainEtag(fields.etag),
    text: text.replace(/"requestId":"[^"]+"/, '').replace(/\?trace=[\w.-]+/, ''),
  };
}

const weight = fc.constantFrom('', ';q=0', ';q=0.5', ';q=0.9', ';q=1', '; q=.2', ';q=2', ';q="1"');
const list = (...names: string[]) =>
  fc
    .array(fc.tuple(fc.constantFrom(...names), weight), { maxLength: 4 })
    .map((parts) => parts.map(([name, q]) => name + q).join(', '));
const tags = () =>
  fc.constantFrom(etag, `W/${etag}`, etag.replace(/"$/, '-br"'), etag.replace(/"$/, '-gzip"'), '"x"', '*', 'x', '');
const request = () =>
  fc.record(
    {
      accept: list('application/json', 'text/event-stream', '*/*', 'application/*', 'text/*', 'text/html', 'nonsense'),
      'accept-encoding': list('br', 'gzip', 'x-gzip', 'identity', 'zstd', '*'),
      'if-none-match': fc.array(tags(), { minLength: 1, maxLength: 2 }).map((all) => all.join(', ')),
      'if-match': fc.array(tags(), { minLength: 1, maxLength: 2 }).map((all) => all.join(', ')),
      'if-modified-since': fc.constant('Sun, 29 Nov 2026 18:00:00 GMT'),
      'if-unmodified-since': fc.constant('Sun, 29 Nov 2020 18:00:00 GMT'),
      'if-range': fc.constant('"x"'),
      range: fc.constantFrom('bytes=0-3', 'bytes=9-', 'lines=1-2', 'nonsense'),
      cookie: fc.constantFrom('a=b', 'other=scenario'),
    },
    { requiredKeys: [] },
  );

test('what is kept is answered as what is not, whatever a request says', async () => {
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(request(), async (headers) => {
      engine.purge('text');
      const cold = await ask(headers as Headers);
      expect(cold.hit).toBe(false);
      await engine.ask(TARGET);
      const warm = await ask(headers as Headers);
      await engine.settled();
      const coded = await ask(headers as Headers);
      if (warm.hit) hits++;
      expect(essence(warm.reply)).toEqual(essence(cold.reply));
      expect(essence(coded.reply)).toEqual(essence(cold.reply));
    }),
    { numRuns: runs(300) },
  );
  expect(hits, 'answers from what is kept').toBeGreaterThan(0);
});

test.each([
  ['text/event-stream, application/json;q=0.9', 'text/event-stream'],
  ['text/event-stream;q=0.5, application/json;q=0.4', 'text/event-stream'],
  ['text/*, application/json;q=0.1', 'text/event-stream'],
  ['text/event-stream;q=0.9, application/json', 'application/json'],
  ['*/*;q=0.1, text/event-stream;q=0', 'application/json'],
])('to %s it is %s, cold and kept', async (accept, type) => {
  engine.purge('text');
  expect(essence((await ask({ accept })).reply).type).toBe(type);
  await engine.ask(TARGET);
  expect(essence((await ask({ accept })).reply).type).toBe(type);
});
