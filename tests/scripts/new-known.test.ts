import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemaOf, textOf } from '#tests/support/inferred.ts';
import { learned } from '../../scripts/new/answers/learn.ts';
import { liveSample } from '../../scripts/new/answers/live-sample.ts';
import type { Marks } from '../../scripts/new/shapes/marks.ts';
import { shapeOfSchema } from '../../scripts/new/shapes/schema-shape.ts';
import type { Shape } from '../../scripts/new/shapes/shape.ts';
import { misbehaviour, mockFile, newUpstream, schemaFile } from '../../scripts/new/texts/upstream.ts';
import { differences, widened } from '../../scripts/new/texts/widen.ts';

const samplesOf = (values: readonly unknown[]) => values.map((value) => ({ value, json: JSON.stringify(value) }));
const learn = (values: readonly unknown[], marks: Partial<Marks> = {}) =>
  learned(
    { samples: samplesOf(values), described: undefined, marks: { required: [], time: [], map: [], ...marks } },
    'it',
    () => undefined,
  );

describe('several samples', () => {
  test('are held by one schema', () => {
    const values = [
      { a: 1, b: { c: '2026-11-23' }, d: [] },
      { b: { c: 'soon', e: true }, d: [{ f: 1 }] },
      { a: null, d: null },
    ];
    expect(textOf(learn(values))).toBe(
      'const It = z.object({ a: z.number().nullish(), b: z.object({ c: z.string().nullish(), e: z.boolean().nullish() }).nullish(), ' +
        'd: z.array(z.object({ f: z.number().nullish() })).nullish() });',
    );
  });

  test('of several kinds are no one call', () => {
    expect(() => learn([[{ a: 1 }], { a: 1 }])).toThrow(/several kinds/);
  });
});

describe('a mark', () => {
  const sample = {
    id: 1,
    at: '2026-11-23T09:30:00Z',
    day: '2026-11-23',
    created: 1_764_000_000,
    rates: { low: 1, high: { a: 1 } },
    items: [{ sku: 'a', n: null }, { sku: 'b' }],
  };

  test('says what is in every answer, what is a time, and whose keys are data', () => {
    const marks = { required: ['id', 'items.sku', 'items[].sku'], time: ['at', 'day', 'created'], map: ['rates'] };
    expect(textOf(learn([sample], marks))).toBe(
      "const It = z.object({ id: z.number(), at: z.iso.datetime({ offset: true }).nullish().describe('a time with its offset'), " +
        "day: z.iso.date().nullish().describe('a date'), created: z.int().nullish().describe('seconds since 1970'), " +
        'rates: z.record(z.string(), z.union([z.number(), z.object({ a: z.number().nullish() })]).nullable()).nullish(), ' +
        'items: z.array(z.object({ sku: z.string(), n: z.unknown().optional() })).nullish() });',
    );
  });

  test('may be of all of it', () => {
    expect(textOf(learn([{ low: 1, high: 2 }], { map: ['.'] }))).toBe(
      'const It = z.record(z.string(), z.number().nullable());',
    );
  });

  test.each<[keyof Marks, string, RegExp]>([
    ['required', 'nope', /^--required nope: there is no nope; there are id, at, day/],
    ['required', 'items.n', /--required items\.n: it is missing in some/],
    ['required', 'items.sku.x', /there is no x\.$/],
    ['time', 'id', /--time id: it looks like no time/],
    ['map', 'id', /--map id: it is no object/],
  ])('--%s %s is refused where the sample says otherwise', (mark, path, why) => {
    expect(() => learn([sample], { [mark]: [path] })).toThrow(why);
  });

  test('is refused where a sample has null', () => {
    expect(() => learn([{ a: 1 }, { a: null }], { required: ['a'] })).toThrow(/it is null in some/);
  });
});

describe('a further sample', () => {
  const first = {
    id: 1,
    name: 'a',
    at: '2026-11-23',
    tags: [],
    tree: { id: 1, below: [{ id: 2, below: [] }] },
    prices: { EUR: 1 },
  };
  const widen = (value: unknown) => {
    // As it is read again from the file that was written.
    const before = shapeOfSchema(schemaOf(learn([first], { required: ['id', 'name'] })));
    const known = {
      samples: samplesOf([value]),
      described: before,
      isOverruled: false,
      marks: { required: [], time: [], map: [] },
    };
    const after = learned(known, 'it', () => undefined);
    return {
      text: textOf(after),
      more: differences(before, after, 'it'),
      schema: schemaOf(after),
      same: textOf(before),
    };
  };

  test('that shows nothing new changes nothing', () => {
    const { text, same, more } = widen({ id: 2, name: 'b', at: null, prices: { NOK: 2.5 } });
    expect([text, more]).toEqual([same, []]);
  });

  test('widens by what it shows, and it is said by what', () => {
    const second = {
      id: 'x',
      at: '2026-11-23T09:30:00Z',
      tags: ['t'],
      more: { a: 1 },
      prices: { EUR: '1' },
      tree: { below: [{ below: [{ label: 'l' }] }] },
    };
    const { more, schema } = widen(second);
    expect(more).toEqual([
      'it.id: a number, now a text or a number',
      'it.name: no longer required',
      'it.at: a text (a date), now a text',
      'it.tags: unknown, now a list',
      'it.tree.label: new, a text',
      'it.prices{}: a number, now a text or a number',
      'it.more: new, an object',
    ]);
    for (const value of [first, second]) expect(schema.safeParse(value).error).toBeUndefined();
    expect(schema.safeParse({ name: 'no id' }).success).toBe(false);
  });
});

describe('the files of a further sample', () => {
  const shape = (...values: unknown[]) => learn(values);
  const words = { name: 'loyalty', call: 'points', path: 'v1/points', schema: 'LoyaltyPoints' };
  const before = shape({ id: 1, items: [{ a: 1 }] });
  const after = shape({ id: 1, items: [{ a: 1 }] }, { id: 'x' });
  const written = new Map([
    ['schemas/upstream/loyalty.ts', schemaFile({ ...words, shape: before })],
    ['mocks/loyalty.ts', mockFile({ ...words, shape: before })],
  ]);
  const widenedBy = (files: ReadonlyMap<string, string>, to = after) =>
    widened(
      (path) => files.get(path),
      { ...words, before, after: to },
      (drafts) => [...drafts],
    );

  test('are written anew: the schema, and the mock where it drifts elsewhere', () => {
    const drafts = widenedBy(written);
    expect(drafts.map(({ path }) => path)).toEqual(['schemas/upstream/loyalty.ts', 'mocks/loyalty.ts']);
    expect(drafts[0]?.text).toContain('id: z.union([z.string(), z.number()]).nullish()');
    expect(drafts[1]?.text).toContain('(answer: LoyaltyPoints) => [answer]');
    expect(widenedBy(written, before)).toEqual([]);
  });

  test.each<[string, (text: string) => string]>([
    ['in one line', (text) => text],
    [
      'in several',
      (text) =>
        text.replace(
          /^ {2}\{ (.*), (target: .*), (schema: .*), (empty: .*) \},$/m,
          '  {\n    $1,\n    $2,\n    $3,\n    $4,\n  },',
        ),
    ],
  ])('take along what is empty of it in the test of all upstreams, where that is %s', (_, formatted) => {
    const more = shape({ id: 1, items: [{ a: 1 }], tags: ['a'] });
    const of = (what: Shape) => misbehaviour({ ...words, shape: what, parameters: [] });
    const others = "  { upstream: 'other', target: 'x', schema: X, empty: [] },";
    const all = (own: string) => `const CASES = [\n${others}\n${own}\n${others}\n];\n`;
    const file = 'tests/mocks/misbehaviour.test.ts';
    const [, , test] = widenedBy(new Map(written).set(file, all(formatted(of(before)))), more);
    expect(test).toMatchObject({ path: file, text: expect.stringContaining('tags: []') });
    expect(test?.text.replaceAll(/,?\s+/g, '')).toBe(all(of(more)).replaceAll(/,?\s+/g, ''));
    const edited = new Map(written).set(file, all(of(before)).replace('items: []', 'items: [1]'));
    expect(() => widenedBy(edited, more)).toThrow(/holds what is empty of loyalty/);
  });

  test('keep nothing any more once something private is found, where they are as they were made', () => {
    const made = newUpstream((path) => (path.includes('loyalty') ? undefined : readFileSync(path, 'utf8')), {
      ...words,
      shape: before,
      seed: { id: 1, items: [] },
      isPrivate: false,
    });
    const files = new Map([...made.map(({ path, text }): [string, string] => [path, text]), ...written]);
    const found = shape({ id: 1, items: [{ a: 1 }], email: 'a@b.example' });
    const drafts = widenedBy(files, found);
    const text = (path: string) => drafts.find((draft) => draft.path === path)?.text;
    expect(text('services/loyalty.ts')).toContain('const kept = cache.none.tagged(tags.loyalty);');
    expect(text('tests/services/loyalty.test.ts')).toContain('and asked for each time');
    const edited = new Map(files).set('services/loyalty.ts', 'by hand');
    expect(widenedBy(edited, found).map(({ path }) => path)).toEqual(['schemas/upstream/loyalty.ts']);
  });

  test('are left alone where someone has edited them, or where a test would have to change', () => {
    const byHand = new Map(written).set('schemas/upstream/loyalty.ts', 'by hand');
    expect(() => widenedBy(byHand)).toThrow(/schemas\/upstream\/loyalty\.ts is not as the generator writes it/);
    const more = shape({ id: 1, items: [{ a: 1 }], tags: ['a'] });
    expect(() => widenedBy(written, more)).toThrow(/holds what is empty of loyalty/);
  });
});

describe('a live sample', () => {
  let origin: string;
  let seen: IncomingHttpHeaders;
  const server = createServer((request, response) => {
    seen = request.headers;
    if (request.url === '/moved') response.writeHead(302, { location: 'https://elsewhere.example/x' }).end();
    else if (request.url === '/gone') response.writeHead(404).end('{}');
    else response.end('{"a":1}');
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  test('is asked for with the headers that are given, and reports what may stand nowhere', async () => {
    const { text, secrets } = await liveSample(`${origin}/things?key=abcdefgh&page=1`, [
      'Authorization: Bearer 123456789',
    ]);
    expect(text).toBe('{"a":1}');
    expect([seen.authorization, seen.accept]).toEqual(['Bearer 123456789', 'application/json']);
    expect(secrets).toEqual(['Bearer 123456789', '123456789', 'abcdefgh']);
  });

  test.each<[string, string[], RegExp]>([
    ['/moved', ['authorization: x'], /sent us to https:\/\/elsewhere\.example \(302\)/],
    ['/gone', [], /answered 404/],
    ['/', ['authorization'], /A header is a name, a colon and a value/],
  ])('of %s is refused', async (path, headers, why) => {
    await expect(liveSample(origin + path, headers)).rejects.toThrow(why);
  });

  test('is of an address on the web', async () => {
    await expect(liveSample('file:///etc/passwd', [])).rejects.toThrow(/takes an http/);
    await expect(liveSample('http://127.0.0.1:9/', [])).rejects.toThrow(/Nothing came from 127\.0\.0\.1:9: /);
  });
});
