import { z } from 'zod';
import { isJson, type Json, refTo } from './json.ts';
import { portable } from './patterns.ts';

type Side = 'input' | 'output';

const LARGEST = Number.MAX_SAFE_INTEGER;

/**
 * The schemas of one document as JSON Schema 2020-12: what has an id stands once, among the components. What we answer
 * is open, so that an app survives what is added later: further fields, and further words where we know some.
 */
export class Schemas {
  readonly #all: Record<string, Json>;

  constructor(named: Readonly<Record<string, Json>>) {
    this.#all = { ...named };
  }

  /** Those that a part of the document leads to, by name. */
  referredFrom(part: unknown): Json {
    const found = new Set<string>();
    const visit = (at: unknown): void => {
      if (typeof at !== 'object' || at === null) return;
      const name = '$ref' in at && /^#\/components\/schemas\/(.+)$/.exec(String(at.$ref))?.[1];
      if (name && !found.has(name)) {
        found.add(name);
        visit(this.#all[name]);
      }
      Object.values(at).forEach(visit);
    };
    visit(part);
    return Object.fromEntries(Object.entries(this.#all).filter(([name]) => found.has(name)));
  }

  of(schema: z.core.$ZodType, side: Side): Json {
    const {
      $schema: _,
      $defs = {},
      ...json
    } = z.toJSONSchema(schema, {
      io: side,
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        if (side === 'input' && isTrimmed(zodSchema)) notBlank(jsonSchema);
      },
    }) as Json;
    const definitions = $defs as Record<string, Json>;
    const write = (part: unknown): unknown => rewritten(part, side, definitions);
    for (const [id, definition] of Object.entries(definitions)) this.#add(id, write(definition) as Json);
    const named = z.globalRegistry.get(schema)?.id;
    if (named === undefined) return write(json) as Json;
    if (!('$ref' in json)) this.#add(named, write(json) as Json);
    return refTo('schemas', named);
  }

  /** A parameter's schema: clients write numbers in the query as digits. */
  ofParameter(schema: z.core.$ZodType): Json {
    const taken = this.of(schema, 'input');
    const read = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
    return read.type === 'integer' ? this.of(schema, 'output') : taken;
  }

  /** A view with `meta`, under a name of its own and flat: generators make poor types of what is put together. */
  ofAnswer(view: z.ZodObject, operationId: string): Json {
    const schema = this.of(view, 'output');
    const named = z.globalRegistry.get(view)?.id;
    const flat = named === undefined ? schema : (this.#all[named] ?? schema);
    const name = `${named ?? operationId[0]?.toUpperCase() + operationId.slice(1)}Answer`;
    this.#add(name, { ...flat, properties: { ...(flat.properties as Json), meta: refTo('schemas', 'Meta') } });
    return refTo('schemas', name);
  }

  #add(id: string, schema: Json): void {
    const there = this.#all[id];
    if (there !== undefined && JSON.stringify(there) !== JSON.stringify(schema))
      throw new TypeError(`two schemas have the id ${id}`);
    this.#all[id] = schema;
  }
}

/** zod's JSON Schema as ours, part by part. */
function rewritten(part: unknown, side: Side, definitions: Readonly<Record<string, Json>>): unknown {
  if (Array.isArray(part)) return part.map((item) => rewritten(item, side, definitions));
  if (!isJson(part)) return part;
  const { id, example, properties, ...rest } = part;
  const out: Json = {};
  for (const [key, value] of Object.entries(rest))
    out[key] = RETAINED.has(key) ? value : rewritten(value, side, definitions);
  if (typeof id === 'object') out.id = rewritten(id, side, definitions);
  if (properties !== undefined) {
    const fields = Object.entries(properties as Json);
    out.properties = Object.fromEntries(fields.map(([name, value]) => [name, rewritten(value, side, definitions)]));
  }
  if (example !== undefined) out.examples = [example];
  if (typeof out.$ref === 'string') out.$ref = out.$ref.replace('#/$defs/', '#/components/schemas/');
  return opened(nullable(matched(bounded(discriminated(out, definitions)))), side);
}

/** Values, not schemas. */
const RETAINED = new Set(['default', 'const', 'enum', 'examples', 'required', 'x-extensible-enum']);

function opened(schema: Json, side: Side): Json {
  const { additionalProperties, enum: words, ...rest } = schema;
  if (side === 'input') return schema;
  const closed = additionalProperties !== undefined && additionalProperties !== false;
  return {
    ...rest,
    ...(closed && { additionalProperties }),
    // The single value that identifies a kind; importers of 3.1 that do not know `const` read it here.
    ...(rest.const !== undefined && { enum: [rest.const] }),
    ...(words !== undefined && { 'x-extensible-enum': words }),
  };
}

/** Whether a text loses the blanks around it before anything else is asked of it. */
function isTrimmed({ _zod: { def } }: z.core.$ZodType): boolean {
  const { type, checks = [] } = def as { readonly type: string; readonly checks?: readonly z.core.$ZodCheck[] };
  return type === 'string' && checks.some(({ _zod: { def: check } }) => 'tx' in check && isTrim(check.tx));
}

const isTrim = (change: unknown): boolean => typeof change === 'function' && change(' x ') === 'x';

/** Blanks are cut off, so that a text of nothing else is none. */
function notBlank(json: Json): void {
  if (!(Number(json.minLength) > 0) || json.pattern !== undefined) return;
  json.pattern = NOT_BLANK;
  json.description ??= 'Blanks around it are cut off.';
}

/** Nothing but a blank is said: line ends in a pattern end a regular expression in many languages. */
const NOT_BLANK = '[^ ]';

/** A pattern that not all languages know stays with us: what does not fit it is a 422. */
function matched({ pattern, ...schema }: Json): Json {
  const said = typeof pattern === 'string' ? portable(pattern) : undefined;
  return said === undefined ? schema : { ...schema, pattern: said };
}

/** Bounds that every number of ours has say nothing; `int64` is what Kotlin needs to make no 32-bit number of it. */
function bounded(schema: Json): Json {
  if (schema.type === 'string' && schema.format !== undefined) {
    const { pattern: _, ...rest } = schema;
    return rest;
  }
  if (schema.type !== 'integer') return schema;
  const { minimum, maximum, ...rest } = schema;
  return {
    ...rest,
    ...(maximum === LARGEST && { format: 'int64' }),
    ...(minimum !== -LARGEST && minimum !== undefined && { minimum }),
    ...(maximum !== LARGEST && maximum !== undefined && { maximum }),
  };
}

function nullable(schema: Json): Json {
  const [one, other] = (schema.anyOf ?? []) as Json[];
  if (other?.type !== 'null' || typeof one?.type !== 'string') return schema;
  const { anyOf: _, ...rest } = schema;
  return { ...rest, ...one, type: [one.type, 'null'] };
}

/** A union names the field that tells its kinds apart, as generators want it (OpenAPI 3.1.1 §4.8.25). */
function discriminated(schema: Json, definitions: Readonly<Record<string, Json>>): Json {
  const kinds = (schema.oneOf ?? []) as Json[];
  const names = kinds.map(({ $ref }) => String($ref).split('/').at(-1) ?? '');
  const shapes = names.map((name) => definitions[name]?.properties as Record<string, Json> | undefined);
  const field = Object.keys(shapes[0] ?? {}).find((key) => shapes.every((shape) => shape?.[key]?.const !== undefined));
  if (field === undefined) return schema;
  const mapping = names.map((name, at) => [shapes[at]?.[field]?.const, refTo('schemas', name).$ref]);
  return { ...schema, discriminator: { propertyName: field, mapping: Object.fromEntries(mapping) } };
}
