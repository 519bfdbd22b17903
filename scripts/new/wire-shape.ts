import { z } from 'zod';
import type { Shape } from './shape.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The shape that a zod schema describes. Where it leaves a choice of kinds, none is clear. */
export function shapeOfSchema(schema: z.ZodType): Shape {
  return shapeIn(z.toJSONSchema(schema, { unrepresentable: 'any' }));
}

function shapeIn(schema: JsonSchema): Shape {
  const choice = schema.anyOf ?? (Array.isArray(schema.type) && schema.type.map((type) => ({ ...schema, type })));
  if (choice) return shapeAmong(choice as JsonSchema[]);
  switch (schema.type) {
    case 'boolean':
      return { boolean: true };
    case 'integer':
      return { number: 'whole' };
    case 'number':
      return { number: 'any' };
    case 'string':
      return { text: schema.format === 'date-time' ? 'datetime' : schema.format === 'date' ? 'date' : 'any' };
    case 'array':
      return { list: shapeIn(schema.items as JsonSchema) };
    case 'object':
      return { object: membersIn(schema) };
    default:
      return {};
  }
}

function membersIn({ properties = {}, required = [] }: JsonSchema): NonNullable<Shape['object']> {
  const members = Object.entries(properties).map(
    ([key, of]) => [key, { shape: shapeIn(of as JsonSchema), optional: !required.includes(key) }] as const,
  );
  return new Map(members);
}

/** One kind, or it and null, is clear. */
function shapeAmong(schemas: readonly JsonSchema[]): Shape {
  const [only, ...more] = schemas.filter(({ type }) => type !== 'null');
  if (only === undefined || more.length > 0) return {};
  return schemas.length > 1 ? { ...shapeIn(only), null: true } : shapeIn(only);
}
