import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { schemaOf, shapeOf, textOf } from '#tests/support/inferred.ts';
import { json, nextAnswer } from '#tests/support/json-values.ts';
import { runs } from '#tests/support/long.ts';
import { isInherited } from '../../scripts/new/shapes/inherited.ts';
import { folded } from '../../scripts/new/shapes/recursion.ts';
import { shapeOfSchema } from '../../scripts/new/shapes/schema-shape.ts';
import { merge, type Shape, shapeOf as shapeOfText } from '../../scripts/new/shapes/shape.ts';

/** Without the keys that every object inherits, but in maps. */
const withoutInherited = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutInherited);
  const kept = Object.entries(value).filter(([key]) => !isInherited(key));
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutInherited(member)]));
};

/** A shape in which the order of members does not count. */
const unordered = ({ list, object, map, ...kinds }: Shape): unknown => ({
  ...kinds,
  ...(list && { list: unordered(list) }),
  ...(map && { map: unordered(map) }),
  ...(object && {
    object: [...object].sort().map(([key, { shape, presence }]) => [key, presence, unordered(shape)]),
  }),
});

describe('a shape', () => {
  test('becomes a schema that takes its sample, and what lacks members of it or has null there', () => {
    fc.assert(
      fc.property(json, fc.infiniteStream(fc.nat()), (value, dice) => {
        const schema = schemaOf(folded(shapeOf(value)));
        expect(schema.safeParse(value).error).toBeUndefined();
        const next = nextAnswer(value, () => dice.next().value);
        expect(schema.safeParse(next).error).toBeUndefined();
      }),
      { numRuns: runs(500) },
    );
  });

  test('becomes a schema that loses nothing of its sample', () => {
    fc.assert(
      fc.property(json, (value) => {
        const parsed = schemaOf(folded(shapeOf(value))).parse(value);
        expect(withoutInherited(parsed)).toEqual(withoutInherited(value));
      }),
      { numRuns: runs(500) },
    );
  });

  test('of many samples takes each of them', () => {
    fc.assert(
      fc.property(fc.array(json, { minLength: 1, maxLength: 5 }), (values) => {
        const schema = schemaOf(folded(values.map(shapeOf).reduce(merge)));
        for (const value of values) expect(schema.safeParse(value).error).toBeUndefined();
      }),
      { numRuns: runs(300) },
    );
  });

  test('is the same however often and in whatever order samples are merged', () => {
    const shape = json.map(shapeOf);
    fc.assert(
      fc.property(shape, shape, shape, (a, b, c) => {
        expect(merge(a, a)).toEqual(a);
        expect(unordered(merge(a, b))).toEqual(unordered(merge(b, a)));
        expect(unordered(merge(merge(a, b), c))).toEqual(unordered(merge(a, merge(b, c))));
      }),
      { numRuns: runs(300) },
    );
  });

  test('is read again from the schema that was written for it, so that it can be widened', () => {
    fc.assert(
      fc.property(json, (value) => {
        const shape = folded(shapeOf(value));
        expect(textOf(shapeOfSchema(schemaOf(shape)))).toBe(textOf(shape));
      }),
      { numRuns: runs(300) },
    );
  });

  test.each<[string, unknown, string]>([
    ['numbers, whole or not', [1, 2], 'z.array(z.number())'],
    ['null beside a kind', [1, null], 'z.array(z.number().nullable())'],
    ['null alone, which says nothing', { a: null }, 'z.object({ a: z.unknown().optional() })'],
    ['no elements, which may be an empty map elsewhere', { a: [] }, 'z.object({ a: z.unknown().optional() })'],
    ['no members', { a: {} }, 'z.object({ a: z.record(z.string(), z.unknown()).nullish() })'],
    [
      'an empty list beside a map',
      [{ a: [] }, { a: { EUR: 1 } }],
      'z.array(z.object({ a: z.union([z.array(z.unknown()), z.record(z.string(), z.number().nullable())]).nullish() }))',
    ],
    ['two kinds', [1, 'a'], 'z.array(z.union([z.string(), z.number()]))'],
    ['a few words, which are no enum', ['open', 'closed', 'open'], 'z.array(z.string())'],
    ['members', [{ a: 1 }, { b: 1 }], 'z.array(z.object({ a: z.number().nullish(), b: z.number().nullish() }))'],
    ['members of lists of lists', [[{ a: 1 }], [{}]], 'z.array(z.array(z.object({ a: z.number().nullish() })))'],
    [
      'keys that are no names',
      { 'a-b': 1, größe: 2, '1st': 3 },
      'z.object({ "a-b": z.number().nullish(), größe: z.number().nullish(), "1st": z.number().nullish() })',
    ],
    ['what every object has', { a: 1, constructor: 'x' }, 'z.object({ a: z.number().nullish() })'],
    ['a text that the linter takes for a template', { '${a}': 1 }, 'z.object({ "$\\u007ba}": z.number().nullish() })'],
  ])('of %s', (_, value, text) => expect(textOf(shapeOf(value))).toBe(`const It = ${text};`));

  test('is named where the linter has another use for the name', () => {
    expect(textOf(shapeOfText('{"then":1}'))).toContain('// biome-ignore lint/suspicious/noThenProperty');
  });
});

describe('a time', () => {
  test.each<[string, string, unknown]>([
    ['a time with its offset', 'at', '2026-11-23T09:30:00+01:00'],
    ['a time with its offset', 'at', '2026-11-23T09:30:00Z'],
    ['a time without a zone', 'at', '2026-11-23T09:30:00'],
    ['a date', 'day', '2026-11-23'],
    ['a year', 'release_year', '1994'],
    ['seconds since 1970', 'created', 1_764_000_000],
    ['milliseconds since 1970', 'updatedAt', 1_764_000_000_000],
    ['milliseconds since 1970', 'updated_ms', 1_764_000_000_000],
  ])('is noted as %s and anything else taken: %s', (words, key, value) => {
    const shape = shapeOf({ [key]: value });
    const type = typeof value === 'string' ? 'z.string()' : 'z.number()';
    expect(textOf(shape)).toBe(`const It = z.object({ ${key}: ${type}.nullish().describe('${words}') });`);
  });

  test.each<[string, string, string]>([
    ['no such day', 'day', '"2026-02-30"'],
    ['four digits that need not be a year', 'code', '"1994"'],
    ['a number of that size that need not be a time', 'views', '1764000000'],
    ['a number that is not written as whole', 'created', '1764000000.0'],
  ])('is not noted of %s', (_, key, value) => {
    expect(textOf(shapeOfText(`{"${key}":${value}}`))).not.toContain('describe');
  });

  test('is none where samples have different ones', () => {
    expect(textOf(shapeOf([{ at: '2026-11-23T09:30:00Z' }, { at: '2026-11-23' }]))).not.toContain('describe');
  });
});

test('a number is an integer by how it is written: 20.0 is not', () => {
  const kinds = ['20', '20.0', '2e1', '-20'].map((text) => shapeOfText(`[${text}]`).list?.number?.kind);
  expect(kinds).toEqual(['whole', 'any', 'any', 'whole']);
});

describe('a map', () => {
  test.each<[string, string[]]>([
    ['ids', ['p-000042', 'p-000043']],
    ['ids of services', ['prod_NffrFeUfNV2Hib']],
    ['numbers', ['17', '18']],
    ['numbers of what is not there', ['-1', '736']],
    ['short ids in hexadecimal', ['9143cf3bd1', '3a2a927344']],
    ['ids with their kind', ['ISBN:0451526538', 'urn:isbn:9780140328721', 'Shop:6e8bc430-9c3a-11d9-9669-0800200c9a66']],
    ['versions', ['1.0.0', '2.1']],
    ['UUIDs', ['6e8bc430-9c3a-11d9-9669-0800200c9a66']],
    ['currencies', ['EUR', 'NOK']],
    ['days', ['2026-11-23', '2026-11-24']],
    ['months', ['2026-11']],
    ['locales with their region', ['de-DE', 'en_US']],
    ['locales with their script, or a region by its number', ['zh-Hans-CN', 'es-419']],
    ['addresses', ['somebody@example.com']],
  ])('is known by its keys: %s', (_, keys) => {
    const value = Object.fromEntries(keys.map((key) => [key, { a: 1 }]));
    const text = 'z.record(z.string(), z.object({ a: z.number().nullish() }).nullable())';
    expect(textOf(shapeOf(value))).toBe(`const It = ${text};`);
  });

  test.each<[string, string[]]>([
    ['words', ['name', 'size']],
    ['languages, which might be words', ['id', 'no', 'de']],
    ['one name among data', ['EUR', 'NOK', 'note']],
    ['capitals that are no money', ['SKU', 'EAN']],
    ['thumbs', ['+1', '-1']],
    ['names of a vocabulary', ['dc:title', 'og:image']],
    ['words that could be hexadecimal', ['facade', 'decade', 'added1']],
  ])('is not what has %s', (_, keys) => {
    expect(shapeOf(Object.fromEntries(keys.map((key) => [key, 1]))).map).toBeUndefined();
  });

  test('takes in what another sample has as members', () => {
    const shape = merge(shapeOf({ EUR: 1 }), shapeOf({ EUR: 1.5, best: 'EUR' }));
    expect(textOf(shape)).toBe('const It = z.record(z.string(), z.union([z.string(), z.number()]).nullable());');
  });
});

describe('a tree', () => {
  const tree = {
    id: 1,
    children: [
      { id: 2, children: [{ id: 3, label: 'x', children: [] }] },
      { id: 4, children: null },
    ],
  };

  test('is recursive, with what any of its levels has', () => {
    const text = textOf(folded(shapeOf({ root: tree })));
    expect(text).toBe(
      'const ItRoot = z.object({ id: z.number().nullish(), get children() { return z.array(ItRoot).nullish(); }, label: z.string().nullish() });\n' +
        'const It = z.object({ root: ItRoot.nullish() });',
    );
    const deeper = { root: { id: 1, children: [{ children: [{ children: [{ children: [{ label: 'y' }] }] }] }] } };
    expect(schemaOf(folded(shapeOf({ root: tree }))).parse(deeper)).toEqual(deeper);
    expect(
      schemaOf(folded(shapeOf({ root: tree }))).safeParse({ root: { children: [{ children: [{ id: 'x' }] }] } })
        .success,
    ).toBe(false);
  });

  test('may be all of it, a map, or one above', () => {
    expect(textOf(folded(shapeOf(tree)))).toContain('const It = z.object({ id: z.number().nullish(), get children()');
    const byId = { name: 'a', parts: { 17: { name: 'b', parts: { 18: { name: 'c' } } } } };
    expect(textOf(folded(shapeOf(byId)))).toContain(
      'get parts() { return z.record(z.string(), z.union([It, z.null()])).nullish(); }',
    );
    const above = { id: 1, parent: { id: 2, parent: { id: 3, parent: null } } };
    expect(textOf(folded(shapeOf(above)))).toContain('get parent() { return It.nullish(); }');
  });

  test('that turns out to be a map leads to nothing that is gone', () => {
    const shape = merge(folded(shapeOf(tree)), shapeOf({ EUR: 1 }));
    expect(textOf(shape)).toBe('const It = z.record(z.string(), z.union([z.string(), z.number()]).nullable());');
  });

  test('is none where only one name is the same', () => {
    expect(textOf(folded(shapeOf({ data: { data: { id: 1 } }, links: 1 })))).not.toContain('get ');
  });
});
