import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { operations } from '#operations/index.ts';
import recording from '#operations/recorded/recording.json' with { type: 'json' };
import { ABOUT } from '#operations/shape/about.ts';
import { openApi } from '#reference/document.ts';
import { downgrade } from '#reference/downgrade.ts';

type Json = Record<string, unknown>;
interface Media {
  /** None where the whole is a stream of events. */
  readonly schema?: Json;
  readonly example?: unknown;
}
interface Described {
  readonly operationId: string;
  readonly parameters: readonly { name?: string; in?: string; required?: boolean; schema?: Json; example?: unknown }[];
  readonly requestBody?: { readonly content: Record<string, Media> };
  readonly responses: Record<string, { readonly content?: Record<string, Media> }>;
}

const newer = openApi(operations, ABOUT, recording);
const older = downgrade(newer);
const recorded: Readonly<Record<string, { route: string; body?: unknown }>> = recording;

const described = (document: Json) =>
  Object.entries(document.paths as Record<string, Record<string, Described>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ route: `${method.toUpperCase()} ${path}`, ...one })),
  );

/** Every schema under a part of a document, references followed, with the way to it. */
function schemasUnder(document: Json, part: unknown, way: string, seen = new Set<unknown>()): [string, Json][] {
  if (typeof part !== 'object' || part === null || seen.has(part)) return [];
  seen.add(part);
  const at = part as Json;
  const target = typeof at.$ref === 'string' ? at.$ref : undefined;
  const led = target === undefined ? [] : schemasUnder(document, resolve(document, target), target, seen);
  const inner = Object.entries(at).filter(([key]) => !['example', 'examples', 'default', 'const'].includes(key));
  return [[way, at], ...led, ...inner.flatMap(([key, value]) => schemasUnder(document, value, `${way}/${key}`, seen))];
}

function resolve(document: Json, pointer: string): unknown {
  const parts = pointer.slice(2).split('/');
  return parts.reduce<unknown>((at, key) => (at as Json | undefined)?.[key], document);
}

const answers = (document: Json) =>
  described(document).flatMap(({ operationId, responses }) => schemasUnder(document, responses, operationId));
const schemas = (document: Json) => [
  ...answers(document),
  ...schemasUnder(document, document.components, 'components'),
  ...described(document).flatMap((one) =>
    schemasUnder(document, [one.requestBody, one.parameters], `${one.operationId} request`),
  ),
];

describe.each([
  ['3.1', newer],
  ['3.0', older],
])('in OpenAPI %s', (_, document) => {
  test('no answer is closed: a word or a field that comes later breaks no app that is out already', () => {
    const closed = answers(document)
      .filter(([, { enum: words, additionalProperties: more }]) => {
        return (Array.isArray(words) && words.length > 1) || more === false;
      })
      .map(([way]) => way);
    expect(closed).toEqual([]);
  });

  test('every choice says by which field its kinds are distinguished', () => {
    const untold = schemas(document)
      .filter(([, { oneOf, anyOf, discriminator }]) => {
        const kinds = [oneOf, anyOf].flatMap((all) => (Array.isArray(all) ? (all as Json[]) : []));
        return kinds.filter(({ type }) => type !== 'null').length > 1 && discriminator === undefined;
      })
      .map(([way]) => way);
    expect(untold).toEqual([]);
    const told = schemas(document).filter(([, { discriminator }]) => discriminator !== undefined);
    for (const [way, { oneOf, discriminator }] of told) {
      const { mapping } = discriminator as { mapping: Record<string, string> };
      expect(Object.values(mapping), way).toEqual((oneOf as Json[]).map(({ $ref }) => $ref));
    }
    expect(told.length).toBeGreaterThan(0);
  });

  test('what goes wrong has one shape, whatever it is and wherever', () => {
    const { responses: shared, examples } = document.components as Record<string, Json>;
    const wrong = described(document).flatMap(({ operationId, responses }) =>
      Object.entries(responses)
        .filter(([status]) => !/^[23]/.test(status))
        .map(([status, response]) => [`${operationId} ${status}`, response] as const),
    );
    const bodies = [...wrong, ...Object.entries(shared ?? {})].filter(
      ([, response]) => !('$ref' in (response as Json)),
    );
    expect(bodies.length).toBeGreaterThan(100);
    for (const [place, response] of bodies) {
      const { content = {} } = response as Described['responses'][string];
      expect(Object.keys(content), place).toEqual(['application/problem+json']);
      expect(content['application/problem+json']?.schema, place).toEqual({ $ref: '#/components/schemas/Problem' });
    }
    for (const [code, example] of Object.entries(examples ?? {}))
      expect((example as { value: Json }).value).toMatchObject({
        code,
        type: expect.stringMatching(`/problems/${code}$`),
      });
  });

  test('every pattern is one that all languages read alike', () => {
    const patterns = schemas(document).flatMap(([way, { pattern }]) =>
      typeof pattern === 'string' ? [[way, pattern]] : [],
    );
    expect(patterns.length).toBeGreaterThan(10);
    for (const [way, pattern] of patterns) {
      // Characters, ranges, groups, choices, repetition and anchors; of escapes only those of these signs themselves.
      expect(pattern, way).toMatch(/^(?:[^(\p{Cc}]|\\[\\^$.*+?()[\]{}|-]|\((?!\?))*$/u);
      expect(() => new RegExp(pattern as string, 'u'), way).not.toThrow();
    }
  });

  test('a stream of events has no schema: a generated client would hold each event against it', () => {
    const streams = described(document).flatMap(({ operationId, responses }) =>
      Object.values(responses).flatMap(({ content = {} }) =>
        content['text/event-stream'] ? [[operationId, content['text/event-stream']] as const] : [],
      ),
    );
    expect(streams.length).toBeGreaterThan(20);
    for (const [id, media] of streams) expect(Object.keys(media), id).not.toContain('schema');
  });

  test('the only word of a kind is said by `enum`, whatever says it besides', () => {
    const only = schemas(document).filter(([, { enum: words }]) => Array.isArray(words) && words.length === 1);
    expect(only.length).toBeGreaterThan(0);
    for (const [way, schema] of schemas(document).filter(([, { type, const: word }]) => type && word !== undefined))
      expect(schema.enum, way).toEqual([schema.const]);
  });

  test('nothing stands among the components without a reference', () => {
    const referred = new Set(schemas(document).flatMap(([, { $ref }]) => (typeof $ref === 'string' ? [$ref] : [])));
    const there = Object.entries(document.components as Record<string, Json>)
      .filter(([kind]) => kind !== 'securitySchemes')
      .flatMap(([kind, all]) => Object.keys(all).map((name) => `#/components/${kind}/${name}`));
    const text = JSON.stringify(document);
    expect(there.filter((name) => !referred.has(name) && !text.includes(`"$ref":"${name}"`))).toEqual([]);
  });

  test('says how a key may look, and that blanks around a text are cut off', () => {
    const { parameters, schemas: named } = document.components as Record<string, Record<string, Json>>;
    for (const name of ['Key', 'KeyRequired'])
      expect(parameters?.[name]?.schema).toMatchObject({ minLength: 1, maxLength: 255, pattern: '^[!-~]+$' });
    const title = ((named?.ReviewDraft?.properties ?? {}) as Record<string, Json>).title;
    expect(title).toMatchObject({ minLength: 1, pattern: '[^ ]', description: expect.stringContaining('Blanks') });
  });

  test('a patch may be sent as plain JSON, and says so', () => {
    const patches = described(document).filter(({ route }) => route.startsWith('PATCH '));
    expect(patches.length).toBeGreaterThan(1);
    for (const { operationId, requestBody, responses } of patches) {
      const types = Object.keys(requestBody?.content ?? {});
      expect(types.slice(0, 2), operationId).toEqual(['application/json', 'application/merge-patch+json']);
      expect(responses['415'], operationId).toMatchObject({ headers: { 'Accept-Patch': {} } });
    }
  });

  test('ids and names are such that every language takes them', () => {
    for (const { operationId } of described(document)) expect(operationId).toMatch(/^[a-z][A-Za-z0-9]{2,40}$/);
    const { schemas: named } = document.components as Record<string, Json>;
    for (const name of Object.keys(named ?? {})) expect(name).toMatch(/^[A-Z][A-Za-z0-9]*$/);
  });
});

test('OpenAPI 3.0 has no word of 3.1', () => {
  const WORDS = ['const', 'examples', '$defs', '$schema', 'prefixItems', 'patternProperties', 'propertyNames', 'if'];
  const isSchema = ([way, schema]: [string, Json]) =>
    !/\/(properties|responses|headers|content)$/.test(way) && 'type' in schema;
  const wrong = schemas(older).flatMap(([way, schema]) => {
    const words = isSchema([way, schema]) ? WORDS.filter((word) => word in schema) : [];
    const siblings = '$ref' in schema && Object.keys(schema).length > 1 ? ['siblings of $ref'] : [];
    const listed = Array.isArray(schema.type) || schema.type === 'null' ? ['type'] : [];
    const bounds = ['exclusiveMinimum', 'exclusiveMaximum'].filter((key) => typeof schema[key] === 'number');
    return [...words, ...siblings, ...listed, ...bounds].map((word) => `${way}: ${word}`);
  });
  expect(wrong).toEqual([]);
  expect((older.info as Json).summary).toBeUndefined();
});

test('an operation is for ever at its address under its id', () => {
  const offered = Object.fromEntries(operations.map(({ contract: { id, route } }) => [id, route]));
  expect(Object.fromEntries(Object.entries(recorded).map(([id, { route }]) => [id, route]))).toEqual(offered);
});

describe('examples', () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'document', ...newer });
  const errorsOf = (pointer: string, value: unknown) => {
    const check = ajv.compile({ $ref: `document#${pointer}` });
    return check(value) ? [] : ajv.errorsText(check.errors);
  };
  const escaped = (text: string) => text.replaceAll('~', '~0').replaceAll('/', '~1');

  test.each(described(newer).map((one) => [one.operationId, one] as const))('of %s are there and fit', (_, one) => {
    const [method = '', path = ''] = one.route.split(' ');
    const at = `/paths/${escaped(path)}/${method.toLowerCase()}`;
    for (const [index, { name, in: place, required, example }] of one.parameters.entries()) {
      if (place === 'path' || (place === 'query' && required)) expect(example, name).toBeDefined();
      if (example !== undefined) expect(errorsOf(`${at}/parameters/${index}/schema`, example), name).toEqual([]);
    }
    for (const [type, body] of Object.entries(one.requestBody?.content ?? {})) {
      // What programs send is shown; a form of the same is a page's.
      if (!type.endsWith('json') && type !== Object.keys(one.requestBody?.content ?? {})[0]) continue;
      expect(body?.example, 'the body').toBeDefined();
      const pointer = `${at}/requestBody/content/${escaped(type)}/schema`;
      expect(errorsOf(pointer, body?.example)).toEqual([]);
    }
    for (const [status, { content = {} }] of Object.entries(one.responses)) {
      const [[type, media] = []] = Object.entries(content);
      if (!status.startsWith('2') || type === undefined || media === undefined) continue;
      expect(media.example, `${status} ${type}`).toBeDefined();
      if (type === 'text/event-stream') continue;
      const pointer = `${at}/responses/${status}/content/${escaped(type)}/schema`;
      expect(errorsOf(pointer, media.example)).toEqual([]);
    }
  });
});
