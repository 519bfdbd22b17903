import { isJson, type Json } from '#reference/json.ts';

/** What programs rely on of one field, parameter, header or body, in the words of JSON Schema. */
export interface Fact {
  readonly type?: string;
  readonly format?: string;
  /** The schema that it refers to. */
  readonly of?: string;
  /** The schemas that it may be one of, spaces between. */
  readonly kinds?: string;
  readonly const?: unknown;
  readonly null?: true;
  readonly required?: true;
  /** Of what is sent to us: its bounds, and what stands for it where it is left out. */
  readonly enum?: string;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** By way: `lines[].product.id`, `query currency`; empty for the whole. Parents come first. */
export type Facts = Readonly<Record<string, Fact>>;

export interface Offered {
  readonly route: string;
  /** The day from which on it may be gone. */
  readonly sunset?: string;
  /** Each one is enough: `session+csrf bearer`. `none` is enough where everybody may ask. */
  readonly credentials: string;
  /** By status, the codes of its problems, spaces between. */
  readonly problems: Readonly<Record<string, string>>;
  /** By status, the names of what its other answers carry, spaces between. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What programs rely on of the whole API; `sent` and `answered` by schema, or by operation with status and media type. */
export interface Shape {
  readonly operations: Readonly<Record<string, Offered>>;
  readonly sent: Readonly<Record<string, Facts>>;
  readonly answered: Readonly<Record<string, Facts>>;
  /** The routes of operations that were there once, by id: neither is ever anything else. */
  readonly gone: Readonly<Record<string, string>>;
}

type Side = 'sent' | 'answered';

/** Words that narrow what is sent; what is answered may be narrower any day. */
const BOUNDS = [
  'pattern',
  'default',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
] as const;

const PROBLEM = 'application/problem+json';
const NOBODY = 'none';

/** What of an OpenAPI 3.1 document breaks programs when it changes: no words for people, no examples. */
export function shapeOf(document: Json): Shape {
  const operations: Record<string, Offered> = {};
  const found: Record<Side, Record<string, Facts>> = { sent: {}, answered: {} };
  const components = document.components as Record<string, Record<string, Json>>;

  const led = (part: Json): Json => {
    const [kind = '', name = ''] = String(part.$ref ?? '')
      .split('/')
      .slice(-2);
    return components[kind]?.[name] ?? part;
  };
  const put = (side: Side, place: string, schema: Json): void => {
    if (place in found[side]) return;
    const facts: Record<string, Fact> = {};
    found[side][place] = facts;
    for (const name of note(facts, side, '', schema)) put(side, name, components.schemas?.[name] ?? {});
  };
  const ask = (id: string, { parameters, requestBody }: Described): void => {
    const facts: Record<string, Fact> = {};
    found.sent[id] = facts;
    for (const { in: place, name, schema, required } of parameters.map(led) as unknown as Parameter[])
      note(facts, 'sent', `${place} ${name}`, place === 'header' ? {} : schema, required);
    if (requestBody) facts.body = { required: true };
    for (const [type, { schema = {} }] of Object.entries(requestBody?.content ?? {}))
      put('sent', `${id} ${type}`, schema);
  };

  for (const [path, methods] of Object.entries(document.paths as Record<string, Record<string, Described>>)) {
    for (const [method, one] of Object.entries(methods)) {
      const { operationId: id, 'x-sunset': sunset, security } = one;
      const problems: Record<string, string> = {};
      const headers: Record<string, string> = {};
      ask(id, one);
      for (const [status, response] of Object.entries(one.responses)) {
        const { headers: fields = {}, content = {} } = led(response) as Answer;
        const problem = content[PROBLEM];
        if (problem)
          problems[status] = Object.keys(problem.examples ?? {})
            .sort()
            .join(' ');
        else headers[status] = Object.keys(fields).join(' ');
        for (const [type, { schema = {} }] of Object.entries(content)) {
          if (problem) put('answered', nameOf(schema), led(schema));
          else put('answered', `${id} ${status} ${type}`, schema);
        }
      }
      const credentials = security.map((all) => Object.keys(all).join('+') || NOBODY).join(' ') || NOBODY;
      const route = `${method.toUpperCase()} ${path}`;
      operations[id] = { route, ...(sunset !== undefined && { sunset }), credentials, problems, headers };
    }
  }
  return { operations, ...found, gone: {} };
}

/** Notes what a schema says, way by way, and gives the names that it refers to. */
function note(facts: Record<string, Fact>, side: Side, way: string, schema: Json, required = false): string[] {
  const choices = (schema.oneOf ?? schema.anyOf ?? []) as Json[];
  const kinds = choices.filter(({ type }) => type !== 'null');
  const [only] = kinds;
  if (kinds.length === 1 && only) {
    const names = note(facts, side, way, only, required);
    facts[way] = { ...facts[way], null: true };
    return names;
  }
  const types = [schema.type ?? []].flat() as string[];
  const type = types.find((one) => one !== 'null');
  const named = [...kinds, schema].map(nameOf).filter((name) => name !== '');
  const kept = ['format', 'const', ...(side === 'sent' ? BOUNDS : [])].filter((word) => schema[word] !== undefined);
  facts[way] = {
    ...(type !== undefined && { type }),
    ...(kinds.length > 0 ? { kinds: named.join(' ') } : named[0] !== undefined && { of: named[0] }),
    ...Object.fromEntries(kept.map((word) => [word, schema[word]])),
    ...(side === 'sent' && schema.enum !== undefined && { enum: (schema.enum as unknown[]).join(' ') }),
    ...(types.includes('null') && { null: true }),
    ...(required && { required }),
  };
  const { properties = {}, items, additionalProperties: others, required: wanted = [] } = schema;
  const fields = Object.entries(properties as Record<string, Json>);
  const inner: (readonly [string, unknown, boolean])[] = [
    ...fields.map(
      ([name, field]) => [`${way && `${way}.`}${name}`, field, (wanted as string[]).includes(name)] as const,
    ),
    [`${way}[]`, items, false],
    [`${way}{}`, others, false],
  ];
  const deeper = inner.flatMap(([at, part, must]) => (isJson(part) ? note(facts, side, at, part, must) : []));
  return [...named, ...deeper];
}

interface Described {
  readonly operationId: string;
  readonly parameters: readonly Json[];
  readonly requestBody?: Answer;
  readonly responses: Readonly<Record<string, Json>>;
  readonly security: readonly Json[];
  readonly 'x-sunset'?: string;
}

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly schema: Json;
  readonly required: boolean;
}

interface Answer {
  readonly headers?: Json;
  readonly content?: Readonly<Record<string, { readonly schema?: Json; readonly examples?: Json }>>;
}

const nameOf = ({ $ref }: Json): string => (typeof $ref === 'string' ? ($ref.split('/').at(-1) ?? '') : '');
