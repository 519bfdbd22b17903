import { brotliDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { cache } from '#kernel/cache/policy.ts';
import { type Contract, operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { routesOf } from '#kernel/http/engine/routing.ts';
import { answer } from '#kernel/http/pipeline/answer.ts';
import { findHit } from '#kernel/http/read/hit.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream as menu } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { runs } from '#tests/support/long.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Text = z.object({ tag: z.string(), text: z.string() });
const http = menu('shop', { timeout: 1_000, attempts: 1, parallel: 8 });
const kept = cache.for('60s').tagged('text');
const items = http.batch('items', z.object({ id: z.string(), tag: z.string() }), {
  max: 10,
  request: (ids, { tag }) => ({ get: path`items`.query({ ids: ids.join(',') }).inLanguage(String(tag)) }),
  id: 'id',
});
const Locale = z.enum(['en', 'de', 'pt-BR']).default('en');
const contract = {
  id: 'getText',
  route: 'GET /api/text/{id}',
  summary: '',
  audience: 'public',
  input: z.object({ id: z.string(), locale: Locale }),
  language: 'locale',
  example: { id: '1' },
  output: z.object({ byHeader: Text, byQuery: Text, item: z.object({ id: z.string(), tag: z.string() }) }),
  deadline: 2_000,
} as const satisfies Contract;
/** In the language of its reader, however the upstream wants to be asked for it. */
const getText = operation(contract, ({ id, locale }, { all }) =>
  all(
    {
      byHeader: required(http.get(path`text/${id}`.inLanguage(locale), Text, kept)),
      byQuery: required(http.get(path`text/${id}`.query({ lang: locale }), Text, kept)),
      item: required(items(id, { tag: locale }, kept)),
    },
    (v) => v,
  ),
);
const getMine = operation(
  { ...contract, id: 'getMine', route: 'GET /api/mine/{id}', audience: 'personal', output: z.object({ text: Text }) },
  ({ id, locale }, { all }) =>
    all({ text: required(http.asUser.get(path`text/${id}`.inLanguage(locale), Text)) }, (v) => v),
);
const ROUTES = routesOf([getText, getMine]);

let upstream: TestUpstream;
let engine: TestEngine;
beforeAll(async () => {
  upstream = await startUpstream();
  const tagOf = (url: string, field: string | undefined) => new URL(url, 'http://x').searchParams.get('lang') ?? field;
  upstream.on('/text', (response, { path: url, headers }) => {
    const tag = tagOf(url, headers['accept-language']);
    json(response, { tag, text: `one line in ${tag}. `.repeat(100) });
  });
  upstream.on('/items', (response, { path: url, headers }) => {
    const ids = new URL(url, 'http://x').searchParams.get('ids')?.split(',') ?? [];
    json(
      response,
      ids.map((id) => ({ id, tag: headers['accept-language'] })),
    );
  });
});
afterAll(() => upstream.close());
beforeEach(() => {
  engine = startEngine({ shop: upstream.url }, [getText, getMine]);
});

type Fields = Record<string, string>;
interface Got {
  readonly status: number;
  readonly fields: Fields;
  readonly text: string;
  readonly hit: boolean;
}

/** As the lean host does: what is cached at once, else by the long path. */
async function ask(target: string, headers: Fields = {}): Promise<Got> {
  const cached = findHit(engine.engine, target, headers);
  const inbound = { method: 'GET', target, headers, body: undefined, address: '192.0.2.1', gone: new Cancellation() };
  const reply = cached ?? (await answer(engine.engine, ROUTES, inbound));
  const fields: Fields = {};
  for (let at = 0; at < reply.headers.length; at += 2)
    fields[(reply.headers[at] ?? '').toLowerCase()] = reply.headers[at + 1] ?? '';
  const bytes = reply.body === undefined ? new Uint8Array() : (reply.body as Uint8Array);
  const text = fields['content-encoding'] === 'br' ? brotliDecompressSync(bytes) : bytes;
  return { status: reply.status, fields, text: Buffer.from(text).toString(), hit: cached !== undefined };
}

/** Every language that the answer shows anything of. */
const tongues = ({ fields, text }: Got) =>
  new Set([fields['content-language'], ...[...text.matchAll(/"tag":"([^"]+)"/g)].map(([, tag]) => tag)]);

describe('an answer in the language of its reader', () => {
  test('is by the query, else by Accept-Language, else by default, and says so', async () => {
    for (const [target, headers, tag] of [
      ['/api/text/1', {}, 'en'],
      ['/api/text/1', { 'accept-language': 'de-AT, en;q=0.5' }, 'de'],
      ['/api/text/2?locale=pt-BR', { 'accept-language': 'de' }, 'pt-BR'],
      ['/api/text/3?locale=PT-br', {}, 'pt-BR'],
    ] as const) {
      for (let round = 0; round < 4; round++) {
        const got = await ask(target, { ...headers, 'accept-encoding': 'br' });
        await engine.settled();
        expect([target, got.hit, [...tongues(got)]]).toEqual([target, round > 0, [tag]]);
        expect(got.fields.vary).toBe('Accept, Accept-Encoding, Accept-Language');
        expect(got.fields['content-encoding']).toBe(round > 2 ? 'br' : undefined);
        expect(Number(got.fields['content-length'])).toBeGreaterThan(0);
      }
    }
  });

  test('a language that there is not is refused in the query, and only there', async () => {
    expect((await ask('/api/text/1?locale=fr')).status).toBe(400);
    expect((await ask('/api/text/1', { 'accept-language': 'fr' })).status).toBe(200);
  });

  test('a 304 names no language: it has no content', async () => {
    const { fields } = await ask('/api/text/1', { 'accept-language': 'de' });
    const again = await ask('/api/text/1', { 'accept-language': 'de', 'if-none-match': fields.etag ?? '' });
    expect([again.status, again.hit, again.fields['content-language']]).toEqual([304, true, undefined]);
    expect(again.fields.vary).toBe(fields.vary);
    const other = await ask('/api/text/1', { 'accept-language': 'en', 'if-none-match': fields.etag ?? '' });
    expect([other.status, [...tongues(other)]]).toEqual([200, ['en']]);
  });

  test('asks upstreams once for each language, in it', async () => {
    upstream.seen.length = 0;
    const both = ['de', 'en', 'de-CH', 'en-GB', 'de', 'fr'];
    await Promise.all(both.map((tag) => ask('/api/text/7', { 'accept-language': tag })));
    const asked = upstream.seen.map((seen) => `${seen.path} ${seen.headers['accept-language'] ?? '-'}`);
    expect(asked.sort()).toEqual([
      '/items?ids=7 de',
      '/items?ids=7 en',
      '/text/7 de',
      '/text/7 en',
      '/text/7?lang=de -',
      '/text/7?lang=en -',
    ]);
  });

  test('personal ones vary by it too', async () => {
    const got = await ask('/api/mine/1', { authorization: 'Bearer ann', 'accept-language': 'de' });
    expect([got.status, [...tongues(got)]]).toEqual([200, ['de']]);
    expect(got.fields.vary).toBe('Accept, Accept-Encoding, Accept-Language, Authorization, Cookie');
  });

  test('so are its events', async () => {
    const german = await engine.listen('/api/text/1', { 'accept-language': 'de' });
    const english = await engine.listen('/api/text/1');
    await expect.poll(() => german.text).toContain('in de');
    await expect.poll(() => english.text).toContain('in en');
    expect(german.text).not.toContain('in en');
    german.leave();
    english.leave();
  });
});

const tag = fc.constantFrom('en', 'de', 'de-AT', 'pt-BR', 'pt', 'fr', '*');
const weight = fc.constantFrom('', ';q=0.5', ';q=0', ';q=0.9');
const field = fc.array(fc.tuple(tag, weight), { maxLength: 3 }).map((all) => all.map((one) => one.join('')).join(', '));
const request = fc.record({
  id: fc.constantFrom('1', '2'),
  locale: fc.constantFrom(undefined, undefined, 'de', 'en', 'pt-BR'),
  field: fc.option(field, { nil: undefined }),
  coded: fc.boolean(),
  purges: fc.nat(9).map((n) => n === 0),
});

test('no client ever gets an answer of another language from a cache', async () => {
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 2, maxLength: 8 }), async (requests) => {
      for (const { id, locale, field: accepted, coded, purges } of requests) {
        if (purges) engine.purge('text');
        const target = `/api/text/${id}${locale === undefined ? '' : `?locale=${locale}`}`;
        const headers = {
          ...(accepted !== undefined && { 'accept-language': accepted }),
          ...(coded && { 'accept-encoding': 'br' }),
        };
        const got = await ask(target, headers);
        if (got.hit) hits++;
        // What an engine says that has never answered anybody: the same code without any cache.
        const [own, ...more] = tongues(got);
        expect([got.status, more]).toEqual([200, []]);
        if (locale !== undefined) expect(own).toBe(locale);
        else expect(own).toBe(await alone(accepted));
      }
      await engine.settled();
    }),
    { numRuns: runs(100) },
  );
  expect(hits, 'answers from a cache').toBeGreaterThan(0);
});

const known = new Map<string | undefined, string | undefined>();
/** What is answered to a field where nothing is cached: of an address that nobody else asks for. */
async function alone(accepted: string | undefined): Promise<string | undefined> {
  if (!known.has(accepted)) {
    const { headers } = await engine.ask(
      `/api/text/alone-${known.size}`,
      accepted === undefined ? {} : { 'accept-language': accepted },
    );
    known.set(accepted, headers['content-language']);
  }
  return known.get(accepted);
}

describe('an engine refuses to start with', () => {
  const start = (more: Partial<Contract>) => () =>
    startEngine({ shop: upstream.url }, [operation({ ...contract, ...more } as typeof contract, () => ({}) as never)]);
  const inputs = (locale: z.ZodType) => ({ input: z.object({ id: z.string(), locale }) }) as Partial<Contract>;
  test.each<[string, Partial<Contract>, RegExp]>([
    ['a language that is no input', { language: 'tongue' }, /getText chooses its language by "tongue": that must be/],
    ['any text', inputs(z.string().default('en')), /that must be an input, an enum/],
    ['no default', inputs(z.enum(['en', 'de'])), /that must be an input, an enum/],
    ['what is no tag', inputs(z.enum(['en', 'de_DE']).default('en')), /has the languages de_DE: write them as BCP 47/],
    ['another spelling', inputs(z.enum(['en', 'pt-br']).default('en')), /has the languages pt-br/],
    ['a write', { route: 'POST /api/text/{id}' }, /only a GET with an output does/],
  ])('%s', (_, more, why) => {
    expect(start(more)).toThrow(why);
  });
});
