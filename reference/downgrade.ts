import { isJson, type Json } from './json.ts';

/**
 * The same document in OpenAPI 3.0.3, for the generators that know no other (Swift, Kotlin): no type lists, no `const`,
 * no `null`, nothing beside a `$ref`. Values of examples are left as they are.
 */
export function downgrade(document: Json): Json {
  const { info, ...rest } = document;
  const { summary, description, ...about } = info as Json;
  const components = rest.components as Json;
  const schemas = Object.entries(components.schemas as Json).map(([name, schema]) => [name, older(schema as Json)]);
  return {
    ...(within(rest) as Json),
    openapi: '3.0.3',
    info: { ...about, description: [summary, description].filter(Boolean).join('\n\n') },
    components: { ...(within(components) as Json), schemas: Object.fromEntries(schemas) },
  };
}

/** Every schema that stands somewhere in a part of the document. */
function within(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(within);
  if (!isJson(part)) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      if (key === 'example' || key === 'value') return [key, value];
      return [key, key === 'schema' && isJson(value) ? older(value) : within(value)];
    }),
  );
}

function older(schema: Json): Json {
  const { $ref, type, const: _, examples, exclusiveMinimum, exclusiveMaximum, anyOf, properties, ...rest } = schema;
  if ($ref !== undefined) return Object.keys(schema).length === 1 ? schema : { allOf: [{ $ref }], ...olderParts(rest) };
  const types = (Array.isArray(type) ? type : [type]).filter((one) => one !== undefined && one !== 'null');
  const choices = ((anyOf ?? []) as Json[]).filter((choice) => choice.type !== 'null');
  const orNull = Array.isArray(type)
    ? type.includes('null')
    : anyOf !== undefined && choices.length < (anyOf as Json[]).length;
  return {
    ...(types.length > 0 && { type: types[0] }),
    ...olderParts(rest),
    ...(properties !== undefined && { properties: each(properties as Json) }),
    ...(Array.isArray(examples) && { example: examples[0] }),
    ...(exclusiveMinimum !== undefined && { minimum: exclusiveMinimum, exclusiveMinimum: true }),
    ...(exclusiveMaximum !== undefined && { maximum: exclusiveMaximum, exclusiveMaximum: true }),
    ...(choices.length > 0 && { [orNull ? 'allOf' : 'anyOf']: choices.map(older) }),
    ...(orNull && { nullable: true }),
  };
}

/** The keys of a schema that hold schemas. */
function olderParts(rest: Json): Json {
  return Object.fromEntries(
    Object.entries(rest).map(([key, value]) => {
      if (['allOf', 'oneOf'].includes(key)) return [key, (value as Json[]).map(older)];
      return [key, ['items', 'additionalProperties', 'not'].includes(key) && isJson(value) ? older(value) : value];
    }),
  );
}

const each = (properties: Json): Json =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, older(schema as Json)]));
