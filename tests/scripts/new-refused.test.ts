import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemaOf, shapeOf } from '#tests/support/inferred.ts';
import { object } from '#tests/support/json-values.ts';
import { runs } from '#tests/support/long.ts';
import { firstCall } from '../../scripts/new/answers/first-call.ts';
import { learned } from '../../scripts/new/answers/learn.ts';
import { parseSample } from '../../scripts/new/answers/sample.ts';
import type { Draft, Read } from '../../scripts/new/files/edits.ts';
import { tidy } from '../../scripts/new/files/tidy.ts';
import { writeAll } from '../../scripts/new/files/write.ts';
import { readRequest } from '../../scripts/new/request.ts';
import { newEndpoint } from '../../scripts/new/texts/endpoint.ts';
import { mockFile, newUpstream, tooLarge } from '../../scripts/new/texts/upstream.ts';
import { viewOf } from '../../scripts/new/texts/view.ts';

const REFUSAL = expect.objectContaining({ kind: 'refused' });
const read: Read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};
/** Answers whose keys are data. */
const maps = fc.dictionary(fc.constantFrom('EUR', 'NOK', '2026-11-23', 'p-000042'), object, { minKeys: 1 });
const NO_MARKS = { required: [], time: [], map: [] };
const samplesOf = (value: unknown) => [{ value, json: JSON.stringify(value) }];
const upstream = (name: string, value: unknown = { a: 1 }, path = 'x', from = read) => {
  const shape = learned({ samples: samplesOf(value), described: undefined, marks: NO_MARKS }, 'x', () => undefined);
  return newUpstream(from, { name, path, shape, seed: value, isPrivate: false });
};

describe('a request', () => {
  test.each<[string, RegExp]>([
    ['', /a kind and a name/],
    ['upstream', /a kind and a name/],
    ['service x', /no service/],
    ['upstream x --colour red', /Unknown option '--colour'/],
    ['upstream x v1/points points.json', /stand behind a --/],
    ['upstream x', /wants a sample/],
    ['upstream x --sample', /argument missing/],
    ['upstream x --from loyalty', /no upstream with --from/],
    ['endpoint x --sample points.json', /no endpoint with --sample/],
  ])('can’t be "%s"', (line, why) => {
    const args = line === '' ? [] : line.split(' ');
    expect(readRequest(args)).toEqual({ kind: 'wrong', why: expect.stringMatching(why) });
  });

  test('whose options npm has taken for its own is recognised by their values', () => {
    expect(readRequest(['upstream', 'x', 'p.json'])).toEqual(readRequest(['upstream', 'x', '--sample', 'p.json']));
    expect(readRequest(['endpoint', 'x', 'loyalty'])).toEqual(readRequest(['endpoint', 'x', '--from', 'loyalty']));
  });
});

describe('a sample', () => {
  test.each<[string, string, RegExp]>([
    ['nothing', ' \n', /ends too early \(line 2, column 1\)\. It is empty\.$/],
    ['what is no JSON', '{"a":1,\n  b:1}', /it is not JSON \(line 2, column 3\)\.$/],
    ['JavaScript', '{a:1}', /column 2\)\. It looks like JavaScript/],
    ['a comma too many', '{"a":[1,2,],"b":1}', /a comma after the last element/],
    [
      'what curl -i prints',
      'HTTP/2 200\r\ncontent-type: application/json\r\n\r\n{"a":1}',
      /begins with headers, as curl -i/,
    ],
    ['what curl -v prints', '* Trying 192.0.2.1\n> GET / HTTP/1.1\n< HTTP/1.1 200 OK\n{"a":1}', /begins with headers/],
    ['a value a line', '{"a":1}\n{"a":2}\n', /has text after its end \(line 2, column 1\)\. .*NDJSON/],
    ['JSONP', 'done({"a":1});', /looks like JSONP/],
    ['an event stream', 'event: price\ndata: {"a":1}\n\n', /stream of events \(SSE\)/],
    ['a guard against scripts', ')]}\'\n{"a":1}', /a guard against scripts/],
    ['a page', '<!doctype html>', /HTML or XML/],
    ['YAML', 'a: 1\nb: 2', /looks like YAML/],
    ['a key twice', '{"a":1,\n"a":2}', /repeats a key \(line 2, column 1\)\.$/],
    ['the key __proto__', '{"__proto__":{"a":1}}', /has a member that may not be named so/],
    ['a nest', `${'['.repeat(65)}${']'.repeat(65)}`, /nests too deeply, more than 64 levels, .* \(line 1, column 65\)/],
    ['a nest without end', '['.repeat(200_000), /nests too deeply/],
    ['half a character', '{"a":[{"b":"\\ud800"}]}', /half a character \(a lone surrogate\) at a\.0\.b\.$/],
    ['a key with half a character', '{"\\ud800":1}', /half a character/],
    ['a number too long', '{"id":12345678901234567890}', /a number that would lose digits \(line 1, column 7\)/],
  ])('can’t be %s', (_, text, why) => {
    const refusal = expect.objectContaining({ kind: 'refused', message: expect.stringMatching(why) });
    expect(() => parseSample(text)).toThrow(refusal);
  });

  test('may be as deep as the engine reads, and is formatted before patience ends', () => {
    const objects = (levels: number): unknown =>
      levels === 0 ? 1 : { [`level_${levels}`]: objects(levels - 1), a: 1 };
    const lists = (levels: number): unknown => (levels === 0 ? { a_b: 1 } : [lists(levels - 1)]);
    for (const deep of [objects(64), { all: lists(10) }]) {
      const { value } = parseSample(JSON.stringify(deep));
      const first = { upstream: 'loyalty', call: 'x', shape: shapeOf(value), sample: value };
      const drafts = [...upstream('loyalty', value), ...newEndpoint(read, 'loyalty-card', first, () => undefined)];
      expect(() => tidy(process.cwd(), drafts)).not.toThrow();
    }
  });

  test('may be as large as the engine reads, and is formatted', () => {
    const items = Array.from({ length: 30_000 }, (_, id) => ({ id, name: 'x'.repeat(40) }));
    const drafts = upstream('loyalty', { items });
    expect(drafts.find(({ path }) => path.endsWith('.json'))?.text.length).toBeGreaterThan(2 * 1024 * 1024);
    expect(() => tidy(process.cwd(), drafts)).not.toThrow();
  });

  test('may not be larger than the engine reads', () => {
    expect(() => upstream('loyalty', { a: 'x'.repeat(2_100_000) })).toThrow(
      /2100008 bytes, and the engine reads 2097152/,
    );
  });

  test.each<[unknown, RegExp]>([
    [[], /an empty list/],
    [[[], null], /an empty list/],
    [{ a: [[[[[[[[[[[1]]]]]]]]]]] }, /more than 10 deep/],
    [null, /neither an object nor a list/],
    [1, /neither/],
    ['x', /neither/],
  ])('of %j is no answer', (sample, why) => expect(() => upstream('loyalty', sample)).toThrow(why));
});

describe('an upstream', () => {
  const textOf = (drafts: readonly Draft[], path: string) => drafts.find((draft) => draft.path === path)?.text;

  test('that answers something private is not kept for others', () => {
    const open = upstream('loyalty', { a: 1 });
    expect(textOf(open, 'services/loyalty.ts')).toContain("cache.for('60s')");
    const given = { name: 'loyalty', path: 'x', shape: shapeOf({ email: 'x' }), seed: {}, isPrivate: true };
    const closed = newUpstream(read, given);
    expect(textOf(closed, 'services/loyalty.ts')).toContain('cache.none.tagged(tags.loyalty)');
    expect(textOf(closed, 'tests/services/loyalty.test.ts')).toContain('asked for each time');
  });

  test('says where its answer is too large for a cache', () => {
    const sized = [10, 200_000, 1_800_000].map((length) => tooLarge({ a: 'x'.repeat(length) }));
    expect(sized).toEqual([
      undefined,
      expect.stringMatching(/under a scenario$/),
      expect.stringMatching(/too large to be kept$/),
    ]);
  });

  test('drifts in a member that the linter lets us name', () => {
    const mock = textOf(upstream('loyalty', JSON.parse('{"then":1,"b":"x"}')), 'mocks/loyalty.ts');
    expect(mock).toContain('({ ...answer, b: [answer.b] })');
  });

  test('drifts so that its schema sees it, whatever the sample is', () => {
    const whole = fc.oneof(object, fc.array(object, { minLength: 1 }), maps);
    fc.assert(
      fc.property(whole, (value) => {
        const shape = learned(
          { samples: samplesOf(value), described: undefined, marks: NO_MARKS },
          'x',
          () => undefined,
        );
        const [, drift = ''] =
          /^ {2}drift: \(answer: \w+\)(.*),$/m.exec(
            mockFile({ name: 'x', path: 'x', call: 'x', schema: 'X', shape }),
          ) ?? [];
        const drifted = new Function(`return (answer)${drift}`)()(value);
        const schema = schemaOf(shape);
        expect([schema.safeParse(value).success, schema.safeParse(drifted).success]).toEqual([true, false]);
      }),
      { numRuns: runs(200) },
    );
  });

  test('of any sample is such that the linter passes it', () => {
    fc.assert(
      fc.property(fc.array(object, { minLength: 8, maxLength: 8 }), (values) => {
        const drafts = values.flatMap((value, at) => {
          const shape = learned(
            { samples: samplesOf(value), described: undefined, marks: NO_MARKS },
            'x',
            () => undefined,
          );
          const made = [...newUpstream(read, { name: `u${at}`, path: 'x', shape, seed: value, isPrivate: false })];
          const first = { upstream: `u${at}`, call: 'x', shape, sample: value };
          if (viewOf(shape, 'x', () => undefined)) made.push(...newEndpoint(read, `e${at}`, first, () => undefined));
          return made.filter(({ before }) => before === undefined);
        });
        expect(() => tidy(process.cwd(), drafts)).not.toThrow();
      }),
      { numRuns: runs(5) },
    );
  });
});

describe('a name', () => {
  test.each([
    ...[
      '../x',
      'Catalog',
      'a-b',
      'a_b',
      'größe',
      '1st',
      '',
      ' ',
      'a/b',
      'a.b',
      'x'.repeat(41),
      "x'; process.exit(); '",
    ],
    ...['catalog', 'identity', 'public', 'default', 'constructor', 'http', 'product', 'tags', 'server', 'control'],
  ])('of an upstream can’t be "%s"', (name) => expect(() => upstream(name)).toThrow(REFUSAL));

  test('of an upstream can’t be what the files that it stands in call something else', () => {
    const first = { upstream: 'loyalty', call: 'x', shape: shapeOf({ a_b: [{ c_d: 1 }] }), sample: { a_b: [] } };
    const drafts = [...upstream('loyalty', { a: 1 }), ...newEndpoint(read, 'loyalty-card', first, () => undefined)];
    const texts = drafts
      .filter(({ before, path }) => before === undefined && path.endsWith('.ts'))
      .map(({ text }) => text);
    const bound = texts.flatMap((text) => [
      ...[...text.matchAll(/^import (?:\{(.*?)\}|(\w+)) from/gms)].flatMap(([, many, one]) =>
        (many ?? one ?? '').split(/[\s,]+/),
      ),
      ...[...text.matchAll(/(?:const|let|function) (\w+)/g)].map(([, word]) => word ?? ''),
    ]);
    const words = new Set(bound.filter((word) => /^[a-z][a-z0-9]*$/.test(word) && word !== 'loyalty'));
    expect(words.size).toBeGreaterThan(15);
    // `it` and the like are members and no variables.
    for (const word of words) expect(() => upstream(word), word).toThrow(REFUSAL);
    for (const word of ['on', 'off', 'meta']) expect(() => upstream(word), word).toThrow(REFUSAL);
  });

  test.each(['../x', '/x', 'x/', 'a//b', '', '.', 'x/..', 'p/{}', 'p/x{id}', '{id}', 'p?q=1', '1', '`x`', 'a b'])(
    'of what it is asked for can’t be "%s"',
    (path) => expect(() => upstream('loyalty', { a: 1 }, path)).toThrow(/can't be asked for/),
  );

  test.each(['../x', 'Card', 'a--b', '-a', 'a_b', 'home', 'index', 'product-card', '', 'a/b', 'x'.repeat(41)])(
    'of an endpoint can’t be "%s"',
    (name) => {
      const first = { upstream: 'catalog', call: 'categories', shape: shapeOf({ a: true }), sample: undefined };
      expect(() => newEndpoint(read, name, first, () => undefined)).toThrow(REFUSAL);
    },
  );

  test('of an endpoint can’t be that of a type which is published, whatever its upstream', () => {
    const first = { upstream: 'reviews', call: 'x', shape: shapeOf({ a: true }), sample: undefined };
    expect(() => newEndpoint(read, 'product-card', first, () => undefined)).toThrow(REFUSAL);
    expect(() => newEndpoint(read, 'product-cards', first, () => undefined)).not.toThrow();
  });
});

describe('an endpoint', () => {
  test.each<[string, string | undefined, RegExp]>([
    ['nothing-new', undefined, /^Say where nothing-new begins: --from <upstream>\. There are catalog, /],
    ['x', '../x', /^"\.\.\/x" is no upstream/],
    ['x', 'tags', /^"tags" is no upstream/],
    ['x', 'reviews', /no public read without arguments:/],
    ['x', 'catalog.nope', /no public read without arguments called nope:/],
    ['x', 'catalog.categories.x', /is no upstream/],
  ])('%s can’t begin with %s', async (name, from, why) => {
    await expect(firstCall(read, name, from)).rejects.toThrow(why);
  });

  test('is among those that are recorded, as the reference wants an example of each', () => {
    const first = { upstream: 'catalog', call: 'categories', shape: shapeOf({ a: true }), sample: { a: true } };
    const drafts = newEndpoint(read, 'all-things', first, () => undefined);
    const record = drafts.find(({ path }) => path === 'tests/reference/record.ts');
    expect(record?.text).toMatch(/^ {4}'getAllThings',$/m);
  });

  test('can’t be made of what is not clear', () => {
    const first = { upstream: 'catalog', call: 'categories', shape: shapeOf({ a: null, b: [] }), sample: undefined };
    expect(() => newEndpoint(read, 'x', first, () => undefined)).toThrow(/clear enough to make a view of/);
  });
});

test('nothing is put where its place has gone; what would have stood there is shown', () => {
  const without =
    (path: string, gone: string): Read =>
    (wanted) =>
      wanted === path ? read(path)?.replaceAll(gone, '') : read(wanted);
  const into = (tree: Read) => () => upstream('loyalty', { a: 1 }, 'x', tree);
  expect(into(read)).not.toThrow();
  expect(into(without('schemas/upstream/scenario.ts', '] as const;'))).toThrow(
    /scenario\.ts has no line like .*would have added there:\n {2}'loyalty',/s,
  );
  expect(into(without('mocks/server.ts', '    ...'))).toThrow(/mocks\/server\.ts has no line/);
  expect(into(without('.env.example', 'support.'))).toThrow(/does not name the upstreams/);
  const twice: Read = (path) => (path === 'services/tags.ts' ? `${read(path)}\n${read(path)}` : read(path));
  expect(into(twice)).toThrow(/2 lines instead of one/);
});

test('nothing comes out that the linter would not pass', () => {
  const wrong = { path: 'x.ts', before: undefined, text: 'const = ;' };
  expect(() => tidy(process.cwd(), [wrong])).toThrow(/nothing was written/);
});

describe('writing', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-write-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('takes everything back where something can’t be written', () => {
    const text = (path: string) => readFileSync(join(folder, path), 'utf8');
    writeFileSync(join(folder, 'old.ts'), 'old');
    writeFileSync(join(folder, 'theirs.ts'), 'theirs');
    const drafts = [
      { path: 'a/b/new.ts', before: undefined, text: 'new' },
      { path: 'old.ts', before: 'old', text: 'changed' },
      { path: 'a/c/new.ts', before: undefined, text: 'new' },
    ];
    const late = { path: 'theirs.ts', before: undefined, text: 'mine' };
    expect(() => writeAll(folder, [...drafts, late])).toThrow(/EEXIST/);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['old.ts', 'theirs.ts']);
    expect([text('old.ts'), text('theirs.ts')]).toEqual(['old', 'theirs']);
    writeAll(folder, drafts);
    expect([text('a/b/new.ts'), text('a/c/new.ts'), text('old.ts')]).toEqual(['new', 'new', 'changed']);
  });
});
