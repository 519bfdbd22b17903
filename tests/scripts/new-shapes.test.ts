import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { merge, type Shape, shapeOf } from '../../scripts/new/shape.ts';
import { reshapeText, schemaText, shown, type View, viewOf } from '../../scripts/new/view.ts';
import { shapeOfSchema } from '../../scripts/new/wire-shape.ts';
import { wireText } from '../../scripts/new/wire-text.ts';

const KEYS = ['id', 'a-b', 'a_b', 'aB', 'größe', '', '1st', '"', '\\', '__proto__', 'constructor', 'toString', '🙂'];
const TEXTS = [
  '2026-11-23',
  '2026-02-30',
  '2026-11-23T09:30:00Z',
  '2026-11-23T09:30:00.5+01:00',
  '2026-11-23T09:30',
  '',
];

const { json } = fc.letrec<{ json: unknown; object: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string(),
    fc.constantFrom(...TEXTS),
    fc.array(tie('json'), { maxLength: 4 }),
    tie('object'),
    // Many of one kind, with members missing here and there.
    fc.array(tie('object'), { maxLength: 4 }),
  ),
  // As JSON.parse makes it: a member called __proto__ is one like any other. No whole numbers, whose order is not ours.
  object: fc
    .array(
      fc.tuple(
        fc.oneof(
          fc.constantFrom(...KEYS),
          fc.string({ maxLength: 3 }).map((key) => key.replaceAll(/\d/g, 'd')),
        ),
        tie('json'),
      ),
      { maxLength: 5 },
    )
    .map((entries) =>
      JSON.parse(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)}}`),
    ),
}));

const run = <T>(text: string, names: Record<string, unknown>): T =>
  new Function(...Object.keys(names), `'use strict'; return (${text});`)(...Object.values(names));
const schemaFrom = (text: string) => run<z.ZodType>(text, { z });

/** Without the keys that every object inherits. */
const withoutInherited = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutInherited);
  const kept = Object.entries(value).filter(([key]) => !(key in Object.prototype));
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutInherited(member)]));
};

/** A shape in which the order of members does not count. */
const unordered = ({ list, object, ...kinds }: Shape): unknown => ({
  ...kinds,
  ...(list && { list: unordered(list) }),
  ...(object && {
    object: [...object].sort().map(([key, { shape, optional }]) => [key, optional, unordered(shape)]),
  }),
});

describe('a shape', () => {
  test('becomes a schema that takes its sample, and loses nothing of it', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(schemaFrom(wireText(shapeOf(value))).parse(value)).toEqual(withoutInherited(value));
      }),
      { numRuns: 1_000 },
    );
  });

  test('of many samples takes each of them', () => {
    fc.assert(
      fc.property(fc.array(json, { minLength: 1, maxLength: 5 }), (values) => {
        const schema = schemaFrom(wireText(values.map(shapeOf).reduce(merge)));
        for (const value of values) expect(schema.safeParse(value).error).toBeUndefined();
      }),
      { numRuns: 300 },
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
      { numRuns: 300 },
    );
  });

  test('is written the same each time', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(wireText(shapeOf(structuredClone(value)))).toBe(wireText(shapeOf(value)));
      }),
    );
  });

  test.each<[string, unknown, string]>([
    ['whole numbers', [1, 2], 'z.array(z.int())'],
    ['numbers', [1, 2.5], 'z.array(z.number())'],
    ['whole numbers beyond what is safe', 2 ** 60, 'z.number()'],
    ['null beside a kind', [1, null], 'z.array(z.int().nullable())'],
    ['null alone, which says nothing', [null], 'z.array(z.unknown())'],
    ['no elements', [], 'z.array(z.unknown())'],
    ['two kinds', [1, 'a'], 'z.array(z.union([z.string(), z.int()]))'],
    ['a day', ['2026-11-23'], 'z.array(z.iso.date())'],
    ['a time', '2026-11-23T09:30:00+01:00', 'z.iso.datetime({ offset: true })'],
    ['a time and a day', ['2026-11-23T09:30:00Z', '2026-11-23'], 'z.array(z.string())'],
    ['no such day', '2026-02-30', 'z.string()'],
    ['a few words, which are no enum', ['open', 'closed', 'open'], 'z.array(z.string())'],
    [
      'members that some lack',
      [{ a: 1 }, { b: 1 }],
      'z.array(z.object({ a: z.int().optional(), b: z.int().optional() }))',
    ],
    ['members of lists of lists', [[{ a: 1 }], [{}]], 'z.array(z.array(z.object({ a: z.int().optional() })))'],
    [
      'keys that are no names',
      { 'a-b': 1, größe: 2, '1st': 3 },
      'z.object({ "a-b": z.int(), größe: z.int(), "1st": z.int() })',
    ],
  ])('of %s', (_, value, text) => expect(wireText(shapeOf(value))).toBe(text));
});

describe('a view', () => {
  const viewFrom = (shape: Shape) => viewOf(shape, 'sample', () => undefined);

  test('is what its reshape makes of the sample, and its schema takes', () => {
    fc.assert(
      fc.property(json, (value) => {
        const view = viewFrom(shapeOf(value));
        if (view === undefined) return;
        const wire = schemaFrom(wireText(shapeOf(value))).parse(value);
        const schema = schemaFrom(schemaText(view));
        const reshaped = schema.parse(run(reshapeText(view, 'sample', true), { sample: wire }));
        expect(JSON.stringify(reshaped)).toBe(JSON.stringify(shown(view, wire)));
        expect(
          schemaFrom(`${schemaText(view)}.optional()`).parse(run(reshapeText(view, 'x', true), { x: undefined })),
        ).toBe(undefined);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is the same by the sample’s shape and by the schema made of it', () => {
    fc.assert(
      fc.property(json, (value) => {
        const shape = shapeOf(value);
        expect(viewFrom(shapeOfSchema(schemaFrom(wireText(shape))))).toEqual(viewFrom(shape));
      }),
      { numRuns: 300 },
    );
  });

  test('has our names, and leaves out what is not clear, by its path', () => {
    const leftOut: string[] = [];
    const sample = {
      member_id: 'm',
      URLPath: '/',
      'reason-code': 'x',
      größe: 'L',
      nothing: null,
      extras: {},
      mixed: [1, 'a'],
      memberId: 'again',
      '🙂': 1,
      orders: [{ order_id: 1, note: null }],
    };
    const view = viewOf(shapeOf(sample), 'it', (path) => leftOut.push(path)) as Extract<View, { kind: 'object' }>;
    expect(view.members.map(({ name }) => name)).toEqual(['memberId', 'urlPath', 'reasonCode', 'größe', 'orders']);
    expect(leftOut).toEqual(['it.nothing', 'it.extras', 'it.mixed[]', 'it.memberId', 'it.🙂', 'it.orders[].note']);
    expect(viewFrom(shapeOf({ a: null, b: [] }))).toBeUndefined();
  });
});
