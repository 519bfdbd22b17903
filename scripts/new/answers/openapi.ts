import { parse } from 'yaml';
import { refused } from '../refused.ts';
import { type JsonSchema, shapeOfDocument, within } from '../shapes/schema-shape.ts';
import type { Shape } from '../shapes/shape.ts';
import type { Tell } from '../texts/view.ts';

/** What a document says of one operation. */
export interface Documented {
  /** Below the server's address, `/v1/products/{id}`. */
  readonly path: string;
  readonly operation: string;
  readonly shape: Shape;
  /** The answer that it shows, or one made of what it says of each member. */
  readonly example: unknown;
}

/** Reads one operation out of an OpenAPI document: `id` is its operationId, or `GET /v1/products`. */
export function documented(text: string, id: string, tell: Tell): Documented {
  const document = parsed(text);
  const version = String(document.openapi ?? document.swagger ?? '');
  if (!/^3\.[01]\b/.test(version))
    throw refused(
      `The document is ${version === '' ? 'no OpenAPI document' : `of version ${version}`}: it takes 3.0 and 3.1.`,
    );
  const resolve = (ref: string) => {
    if (!ref.startsWith('#/'))
      throw refused(
        `The document refers to ${ref}, which is in another file: bundle it first, as redocly bundle does.`,
      );
    return within(document)(ref);
  };
  const { path, operation } = operationOf(document, id, resolve);
  const { schema, example } = answerOf(operation, id, resolve);
  const shape = shapeOfDocument(schema, resolve, (at) => tell(at, 'deeper than is read of a document'));
  return {
    path,
    operation: String(operation.operationId ?? ''),
    shape,
    example: example ?? invented(schema, resolve, []),
  };
}

function parsed(text: string): JsonSchema {
  try {
    return (/^\s*\{/.test(text) ? JSON.parse(text) : parse(text, { maxAliasCount: 1_000, merge: true })) ?? {};
  } catch (error) {
    throw refused(`The document can't be read: ${(error as Error).message.split('\n', 1)[0]}`);
  }
}

type Resolve = (ref: string) => JsonSchema;

/** What something is, wherever it stands. */
function at(part: unknown, resolve: Resolve, hops = 0): JsonSchema {
  const here = (part ?? {}) as JsonSchema;
  return typeof here.$ref === 'string' && hops < MOST_HOPS ? at(resolve(here.$ref), resolve, hops + 1) : here;
}

const MOST_HOPS = 20;

function operationOf(document: JsonSchema, id: string, resolve: Resolve): { path: string; operation: JsonSchema } {
  const all = Object.entries((document.paths ?? {}) as JsonSchema).flatMap(([path, item]) => {
    const { get } = at(item, resolve);
    return get === undefined ? [] : [{ path, operation: at(get, resolve) }];
  });
  const found = all.find(({ path, operation }) => operation.operationId === id || `GET ${path}` === id);
  if (found) return found;
  const near = all.map(({ path, operation }) => String(operation.operationId ?? `GET ${path}`));
  const alike = near.filter((name) => name.toLowerCase().includes(id.toLowerCase().slice(0, 5)));
  throw refused(
    `The document has no GET called ${id}; there are ${(alike.length > 0 ? alike : near).slice(0, 10).join(', ')}.`,
  );
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b|^\*\/\*/i;

function answerOf(operation: JsonSchema, id: string, resolve: Resolve): { schema: JsonSchema; example: unknown } {
  const responses = (operation.responses ?? {}) as JsonSchema;
  const status = ['200', ...Object.keys(responses).filter((key) => /^2/.test(key)), 'default'].find(
    (key) => responses[key],
  );
  const content = (at(status && responses[status], resolve).content ?? {}) as JsonSchema;
  const media = Object.entries(content).find(([type]) => JSON_TYPE.test(type))?.[1] as JsonSchema | undefined;
  if (media?.schema === undefined) throw refused(`The document does not say what ${id} answers as JSON.`);
  const [named] = Object.values((media.examples ?? {}) as JsonSchema);
  return { schema: media.schema as JsonSchema, example: media.example ?? at(named, resolve).value };
}

/** A value for a schema: what it gives as an example, else one of each kind. What is recursive ends. */
function invented(schema: JsonSchema, resolve: Resolve, around: readonly JsonSchema[]): unknown {
  const here = at(schema, resolve);
  const said = here.example ?? (here.examples as unknown[] | undefined)?.[0] ?? here.const ?? here.default;
  if (said !== undefined) return said;
  if (around.includes(here) || around.length > 8) return undefined;
  const below = (part: unknown) => invented(part as JsonSchema, resolve, [...around, here]);
  const { allOf, ...rest } = here;
  if (Array.isArray(allOf)) {
    const parts = [...allOf, rest].map(below).filter((part) => part !== undefined);
    const areObjects = parts.length > 0 && parts.every((part) => part === Object(part) && !Array.isArray(part));
    return areObjects ? Object.assign({}, ...parts) : parts[0];
  }
  const choice = (here.oneOf ?? here.anyOf) as JsonSchema[] | undefined;
  if (choice) return below(choice.find(({ type }) => type !== 'null') ?? choice[0]);
  if (Array.isArray(here.enum)) return here.enum[0];
  const type = Array.isArray(here.type) ? here.type.find((each) => each !== 'null') : here.type;
  if (here.properties !== undefined) return ownMembers(here, below);
  if (type === 'array') return [below(here.items ?? {})].filter((each) => each !== undefined);
  if (type === 'object') return {};
  if (type === 'integer' || type === 'number') return here.minimum ?? 1;
  if (type === 'boolean') return true;
  return type === 'string' ? (TEXTS[String(here.format)] ?? 'text') : undefined;
}

function ownMembers({ properties }: JsonSchema, below: (part: unknown) => unknown): Record<string, unknown> {
  const members = Object.entries(properties as JsonSchema).map(([key, part]) => [key, below(part)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

const TEXTS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  email: 'somebody@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};
