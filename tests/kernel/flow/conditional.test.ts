import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { subject } from '#kernel/flow/section.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { runs } from '#tests/support/long.ts';
import { json, raw, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ n: z.int() });
const http = upstream('shop', { timeout: 20_000, attempts: 1, parallel: 8 });
const thing = http.get(path`thing`, Thing, cache.for('1h').staleOnError('1h').tagged('thing'));
const question = http.query(path`question`, { a: 1 }, Thing, cache.for('1h').tagged('thing'));
const contract = { summary: '', audience: 'public', input: z.object({}), example: {}, deadline: 30_000 } as const;
const read = (id: string, call: typeof thing) =>
  operation({ ...contract, id, route: `GET /api/${id}`, output: z.object({ thing: Thing }) }, (_, { all }) =>
    all({ thing: subject(call) }, (v) => v),
  );

/** What the upstream has, and how it names its versions. */
let now: { n: number; fields: Record<string, string> };
let upstreams: TestUpstream;
let shop: TestEngine;

beforeEach(async () => {
  now = { n: 1, fields: { etag: '"1"' } };
  upstreams = await startUpstream();
  upstreams.otherwise = (response, { headers }) => {
    const { n, fields } = now;
    const isKnown =
      (fields.etag !== undefined && headers['if-none-match'] === fields.etag) ||
      (fields['last-modified'] !== undefined && headers['if-modified-since'] === fields['last-modified']);
    if (isKnown) response.writeHead(304, fields).end();
    else raw(response, JSON.stringify({ n }), { 'content-type': 'application/json', ...fields });
  };
  shop = startEngine({ shop: upstreams.url }, [read('thing', thing), read('question', question)]);
});
afterEach(() => upstreams.close());

const ask = async (id = 'thing') => (await shop.ask(`/api/${id}`)).json.thing;
/** What the upstream was asked with, for each time. */
const conditions = () =>
  upstreams.seen.map(({ headers }) => headers['if-none-match'] ?? headers['if-modified-since'] ?? '–');

describe('an upstream that names the version of its answer', () => {
  test.each([
    ['an ETag', { etag: '"a/b+c=="' }, '"a/b+c=="'],
    ['a weak one', { etag: 'W/"1"' }, 'W/"1"'],
    ['when it was changed', { 'last-modified': 'Mon, 30 Nov 2026 12:00:00 GMT' }, 'Mon, 30 Nov 2026 12:00:00 GMT'],
    ['both, of which the ETag counts', { etag: '"1"', 'last-modified': 'Mon, 30 Nov 2026 12:00:00 GMT' }, '"1"'],
  ])('by %s is asked whether it still holds, and what holds is kept on', async (_, fields, sent) => {
    now.fields = fields;
    expect(await ask()).toEqual({ n: 1 });
    shop.purge('thing');
    expect([await ask(), await ask()]).toEqual([{ n: 1 }, { n: 1 }]);
    expect(conditions()).toEqual(['–', sent]);
    shop.purge('thing');
    now = { n: 2, fields: { etag: '"2"' } };
    expect(await ask()).toEqual({ n: 2 });
    shop.purge('thing');
    await ask();
    expect(conditions()).toEqual(['–', sent, sent, '"2"']);
  });

  test('is shown with its 304 in the trace, and the answer counts as fetched', async () => {
    await ask();
    shop.purge('thing');
    const { sections, headers } = await shop.ask('/api/thing');
    expect(sections).toEqual({});
    expect(headers['server-timing']).toContain('desc="miss"');
    expect([...shop.lane().ledger.values()]).toEqual([]);
  });

  test.each(['1', '"', '"a"b"', `"${'x'.repeat(300)}"`, '"ü"', 'W/1', ''])(
    'by %j, which is no ETag, is asked for all of it',
    async (etag) => {
      now.fields = { etag };
      await ask();
      shop.purge('thing');
      expect(await ask()).toEqual({ n: 1 });
      expect(conditions()).toEqual(['–', '–']);
    },
  );

  test('to a question in a body is asked for all of it: only a GET has such versions', async () => {
    await ask('question');
    shop.purge('thing');
    expect(await ask('question')).toEqual({ n: 1 });
    expect(conditions()).toEqual(['–', '–']);
  });

  test('whose value has left the cache is asked for all of it', async () => {
    await ask();
    shop.lane().calls.clear();
    shop.purge('thing');
    expect(await ask()).toEqual({ n: 1 });
    expect(conditions()).toEqual(['–', '–']);
  });
});

test('a 304 that was not asked for is a failure', async () => {
  upstreams.otherwise = (response) => void response.writeHead(304).end();
  expect((await shop.ask('/api/thing')).status).toBe(502);
});

test('an upstream that fails instead leaves the value and its version', async () => {
  await ask();
  const well = upstreams.otherwise;
  upstreams.otherwise = (response) => json(response, {}, 500);
  shop.purge('thing');
  expect((await shop.ask('/api/thing')).sections.thing?.state).toBe('stale');
  upstreams.otherwise = well;
  shop.purge('thing');
  expect(await ask()).toEqual({ n: 1 });
  expect(conditions().at(-1)).toBe('"1"');
});

test('whatever happens upstream and whenever it is purged, a read after a purge is what its upstream has', async () => {
  const step = fc.constantFrom('change', 'back', 'purge', 'ask', 'unnamed', 'forget');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      shop.lane().calls.clear();
      shop.purge('thing');
      now = { n: 1, fields: { etag: '"1"' } };
      let purged = true;
      for (const what of steps) {
        if (what === 'change') now = { n: now.n + 1, fields: { etag: `"${now.n + 1}"` } };
        if (what === 'back') now = { n: 1, fields: { etag: '"1"' } };
        if (what === 'unnamed') now = { n: now.n + 1, fields: {} };
        if (what === 'forget') shop.lane().calls.clear();
        if (['change', 'back', 'unnamed'].includes(what)) purged = false;
        if (what === 'purge') {
          shop.purge('thing');
          purged = true;
        }
        if (what === 'ask' && purged) expect(await ask()).toEqual({ n: now.n });
      }
    }),
    { numRuns: runs(100) },
  );
});
