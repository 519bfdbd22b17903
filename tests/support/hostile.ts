import fc from 'fast-check';
import { z } from 'zod';

interface JsonSchema {
  readonly type?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
}

const MOMENTS = [
  '0000-01-01T00:00:00Z',
  '0000-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-12:00',
  '2026-02-28T23:59:59.999999999Z',
  '2026-11-29T12:00:00+00:00',
  '2026-11-29t12:00:00z',
  '9999-12-31T23:59:60Z',
];
const ADDRESSES = ['http://a.test/', 'javascript:alert(1)', 'https://a.test/%00?#', 'data:,', 'urn:x'];
const TEXTS = ['', '\u0000', '\ud800', '__proto__', '<b>', '🙂', '=1+1', 'x'.repeat(300)];

/** Whatever a schema lets through, at its edges by preference. */
export function hostile<T>(schema: z.ZodType<T>): fc.Arbitrary<unknown> {
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return arbitrary(described).filter((value) => schema.safeParse(value).success);
}

function arbitrary(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { anyOf, oneOf = anyOf, properties, items } = schema;
  if (oneOf) return fc.oneof(...oneOf.map(arbitrary));
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (properties) {
    return fc.record(Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, arbitrary(member)])));
  }
  if (items) return fc.array(arbitrary(items), { minLength: schema.minItems ?? 0, maxLength: 4 });
  switch (schema.type) {
    case 'integer':
    case 'number':
      return number(schema);
    case 'string':
      return text(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'object':
      return fc.constant({});
    default:
      return fc.constantFrom(null, 1, 'x');
  }
}

function number({ type, minimum, exclusiveMinimum, maximum }: JsonSchema): fc.Arbitrary<number> {
  const min = minimum ?? (exclusiveMinimum === undefined ? Number.MIN_SAFE_INTEGER : exclusiveMinimum + 1);
  const max = maximum ?? Number.MAX_SAFE_INTEGER;
  const within = type === 'integer' ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true });
  return fc.oneof(fc.constantFrom(min, max), within);
}

function text({ format, pattern, minLength = 0 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'date-time') return fc.constantFrom(...MOMENTS);
  if (format === 'uri') return fc.constantFrom(...ADDRESSES);
  if (format === 'email') return fc.constant('a@b.test');
  // fast-check writes no text for a pattern that looks ahead: those are local paths.
  if (pattern?.includes('(?!')) return fc.constantFrom('/', '/a?b=c#d', '/\u0000');
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.oneof(fc.constantFrom(...TEXTS), fc.string()).filter((value) => value.length >= minLength);
}
