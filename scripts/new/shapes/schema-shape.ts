import { z } from 'zod';
import { isInherited } from './inherited.ts';
import { type Member, type Members, merge, type Shape } from './shape.ts';
import type { TextKind } from './times.ts';
import { privateBy, told, withPrivate } from './words.ts';

/** JSON Schema as zod writes it, and as OpenAPI 3.0 and 3.1 documents have it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** How much of a document is read; what is beyond it stays unknown. */
interface Budget {
  members: number;
  readonly depth: number;
  readonly cut: (path: string) => void;
}

interface Place {
  readonly resolve: (ref: string) => JsonSchema;
  /**
   * Whether it is believed what is required, whole or a time. Documents are often wrong about it: there it is only
   * told.
   */
  readonly isBelieved: boolean;
  /** The objects around, the nearest first, each by all schemas that describe it. */
  readonly around: readonly (readonly JsonSchema[])[];
  /** The schemas that led here and describe the same value. */
  readonly same: readonly JsonSchema[];
  readonly path: string;
  readonly budget: Budget;
}

const EVERYTHING: Budget = { members: Number.POSITIVE_INFINITY, depth: Number.POSITIVE_INFINITY, cut: () => undefined };

/** The shape that a zod schema describes. */
export function shapeOfSchema(schema: z.ZodType): Shape {
  const root = z.toJSONSchema(schema, { unrepresentable: 'any' }) as JsonSchema;
  return shapeIn(root, { resolve: within(root), isBelieved: true, around: [], same: [], path: '', budget: EVERYTHING });
}

/** The shape that a schema of a document describes, as far as a reader of the outcome could follow. */
export function shapeOfDocument(
  schema: JsonSchema,
  resolve: (ref: string) => JsonSchema,
  cut: (path: string) => void,
): Shape {
  const budget = { members: 600, depth: 8, cut };
  return shapeIn(schema, { resolve, isBelieved: false, around: [], same: [], path: '', budget });
}

/** References within one document, `#/components/schemas/Order`. */
export function within(root: JsonSchema): (ref: string) => JsonSchema {
  return (ref) => {
    const keys = ref.split('/').slice(1);
    const plain = keys.map((key) => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~'));
    return plain.reduce((at, key) => (at?.[key] ?? {}) as JsonSchema, root);
  };
}

function shapeIn(schema: JsonSchema, place: Place): Shape {
  if (typeof schema !== 'object' || schema === null || place.same.includes(schema)) return {};
  const up = place.around.findIndex((schemas) => schemas.includes(schema));
  const shape = up < 0 ? kindsIn(schema, { ...place, same: [...place.same, schema] }) : { again: up + 1 };
  const nullable = schema.nullable === true ? merge(shape, { null: true }) : shape;
  return typeof schema.description === 'string' ? told(nullable, schema.description) : nullable;
}

function kindsIn(schema: JsonSchema, place: Place): Shape {
  const below = (part: unknown) => shapeIn(part as JsonSchema, place);
  if (typeof schema.$ref === 'string') return shapeIn(place.resolve(schema.$ref), place);
  const { allOf, ...rest } = schema;
  if (Array.isArray(allOf)) return [...allOf, rest].map(below).reduce(together, {});
  const choice = choiceIn(schema, place);
  if (choice) return together(ownMembers(schema, place), choice.map(below).reduce(merge, {}));
  return typesOf(schema)
    .map((type) => kindIn(type, schema, place))
    .reduce(merge, {});
}

/** What a value may be one of: as it is listed, or as a discriminator names the kinds that are made of this schema. */
function choiceIn({ anyOf, oneOf, discriminator }: JsonSchema, { resolve, same }: Place): unknown[] | undefined {
  const listed = anyOf ?? oneOf;
  if (Array.isArray(listed)) return listed;
  const { mapping } = (discriminator ?? {}) as { readonly mapping?: Readonly<Record<string, unknown>> };
  // A kind in another file can't be read: what the schema itself says is taken.
  const names = Object.values(mapping ?? {}).filter((name) => typeof name === 'string' && /^(#|[^/]+$)/.test(name));
  const kinds = (names as string[]).map((name) =>
    resolve(name.startsWith('#') ? name : `#/components/schemas/${name}`),
  );
  // Where one of the kinds has led here, that one is meant.
  return kinds.length === 0 || kinds.some((kind) => same.includes(kind)) ? undefined : kinds;
}

const OF_OBJECTS = ['properties', 'additionalProperties', 'patternProperties'];

function typesOf(schema: JsonSchema): unknown[] {
  const { type, enum: words, const: only, items } = schema;
  if (Array.isArray(type)) return type;
  if (type !== undefined) return [type];
  if (OF_OBJECTS.some((keyword) => schema[keyword] !== undefined)) return ['object'];
  if (items !== undefined) return ['array'];
  const values = Array.isArray(words) ? words : only === undefined ? [] : [only];
  return values.map((value) => (value === null ? 'null' : typeof value));
}

function kindIn(type: unknown, schema: JsonSchema, place: Place): Shape {
  switch (type) {
    case 'null':
      return { null: true };
    case 'boolean':
      return { boolean: true };
    case 'integer':
      return { number: { kind: 'whole', ...(place.isBelieved && { checked: true }) } };
    case 'number':
      return { number: { kind: 'any' } };
    case 'string':
      return { text: textIn(schema, place), ...(!place.isBelieved && privateBy(schema.format)) };
    case 'array':
      return { list: shapeIn(schema.items as JsonSchema, { ...place, same: [], path: `${place.path}[]` }) };
    case 'object':
      return objectIn(schema, place);
    default:
      return {};
  }
}

const LOCAL = z.toJSONSchema(z.iso.datetime({ local: true })).pattern;
const YEAR = String.raw`^\d{4}$`;

function textIn({ format, pattern }: JsonSchema, { isBelieved }: Place): NonNullable<Shape['text']> {
  const kind: TextKind =
    format === 'date-time'
      ? 'datetime'
      : format === 'date'
        ? 'date'
        : pattern === LOCAL
          ? 'local'
          : pattern === YEAR
            ? 'year'
            : 'any';
  return { kind, ...(isBelieved && kind !== 'any' && { checked: true }) };
}

function objectIn(schema: JsonSchema, place: Place): Shape {
  const members = ownMembers(schema, place);
  if (members.object && members.object.size > 0) return members;
  const { additionalProperties, patternProperties } = schema;
  const below = { ...place, same: [], path: `${place.path}{}` };
  const map = [additionalProperties, ...Object.values(patternProperties ?? {})]
    .map((values) => shapeIn(values as JsonSchema, below))
    .reduce(merge);
  return Object.keys(map).length === 0 ? { object: new Map() } : { map };
}

function ownMembers({ properties, required = [] }: JsonSchema, place: Place): Shape {
  if (properties === undefined) return {};
  const { budget, around, same, path } = place;
  if (around.length >= budget.depth) {
    budget.cut(path);
    return {};
  }
  const inner = { ...place, around: [same, ...around], same: [] };
  const members = Object.entries(properties as JsonSchema)
    .filter(([key]) => !isInherited(key))
    .map(([key, of]): [string, Member] => {
      const below = path === '' ? key : `${path}.${key}`;
      if (--budget.members < 0) budget.cut(below);
      const presence = place.isBelieved && (required as string[]).includes(key) ? 'required' : 'lacking';
      const read = budget.members < 0 ? {} : shapeIn(of as JsonSchema, { ...inner, path: below });
      const shape = place.isBelieved ? read : withPrivate(key, read);
      return [key, { shape: presence === 'required' ? shape : withoutNull(shape), presence }];
    });
  return { object: new Map(members) };
}

/** What is not required is nullish anyway. */
const withoutNull = ({ null: _, ...shape }: Shape): Shape => shape;

/** Two descriptions of one value, which hold both. */
function together(one: Shape, other: Shape): Shape {
  if (!one.object || !other.object) return merge(one, other);
  const object: Members = new Map([
    ...one.object,
    ...[...other.object].map(([key, member]): [string, Member] => {
      const there = one.object?.get(key);
      return [key, there ? { ...member, shape: merge(there.shape, member.shape) } : member];
    }),
  ]);
  return { ...merge({ ...one, object: new Map() }, { ...other, object: new Map() }), object };
}
