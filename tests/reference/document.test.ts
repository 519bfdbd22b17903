import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { renderProblem } from '#kernel/http/problem/problem.ts';
import { operations } from '#operations/index.ts';
import recording from '#operations/recorded/recording.json' with { type: 'json' };
import { ABOUT } from '#operations/shape/about.ts';
import { openApi } from '#reference/document.ts';
import { downgrade } from '#reference/downgrade.ts';
import { problemKinds } from '#reference/problems.ts';

type Json = Record<string, unknown>;
type Described = Json & {
  operationId: string;
  parameters: { $ref?: string; name: string; in: string; required: boolean }[];
  responses: Record<
    string,
    { $ref?: string; description?: string; headers?: Json; content?: Record<string, { schema: Json; examples?: Json }> }
  >;
  security: object[];
};

const document = openApi(operations, ABOUT, recording);
const paths = document.paths as Record<string, Record<string, Described>>;
const components = document.components as Record<string, Json>;
const at = (route: string) => {
  const [method = '', path = ''] = route.split(' ');
  return paths[path]?.[method.toLowerCase()] as Described;
};

/** Every reference in it, wherever it stands. */
function references(part: unknown): string[] {
  if (part === null || typeof part !== 'object') return [];
  const own = '$ref' in part ? [String(part.$ref)] : [];
  return [...own, ...Object.values(part).flatMap(references)];
}

describe('the document of the API', () => {
  test.each([
    ['3.1', document],
    ['3.0', downgrade(document)],
  ])('is OpenAPI %s by its own schema', async (version, told) => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(told));
    expect(errors).toBeUndefined();
    expect([valid, validator.version]).toEqual([true, version]);
  });

  test('has every operation once, under its id, in 3.0 as in 3.1', () => {
    const idsIn = ({ paths: all }: Json) =>
      Object.values(all as typeof paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId));
    expect(idsIn(document).sort()).toEqual(operations.map(({ contract }) => contract.id).sort());
    expect(idsIn(downgrade(document)).sort()).toEqual(idsIn(document).sort());
  });

  test('refers to nothing that is not in it, and has nothing without a reference to it', () => {
    const referred = new Set(references(document));
    const there = Object.entries(components)
      .filter(([kind]) => kind !== 'securitySchemes')
      .flatMap(([kind, all]) => Object.keys(all).map((name) => `#/components/${kind}/${name}`));
    expect([...referred].filter((reference) => !there.includes(reference))).toEqual([]);
    const unused = there.filter((name) => !referred.has(name));
    expect(unused).toEqual([]);
  });

  test('declares what stands in a path, and which versions a change wants', () => {
    for (const { route } of operations) {
      const declared = at(`${route.method} ${route.template}`).parameters.filter(
        (parameter) => parameter.in === 'path',
      );
      expect(declared.map(({ name }) => `{${name}}`)).toEqual(route.template.match(/\{\w+\}/g) ?? []);
      expect(declared.every(({ required }) => required)).toBe(true);
    }
    const named = (route: string) => at(route).parameters.map(({ $ref, name }) => $ref?.split('/').at(-1) ?? name);
    const common = ['Deadline', 'Scenario', 'RequestId', 'Traceparent'];
    expect(named('PUT /api/addresses/{id}')).toEqual(['id', 'IfMatch', 'Key', ...common]);
    expect(named('GET /api/home')).toEqual(['currency', 'locale', 'IfNoneMatch', 'AcceptLanguage', ...common]);
    expect(at('GET /api/home').responses[200]?.headers).toHaveProperty('Content-Language');
    expect(named('POST /api/orders')).toEqual(['KeyRequired', ...common]);
    expect(named('GET /api/products/{id}')).toEqual(['id', 'currency', 'parts', 'IfNoneMatch', ...common]);
  });

  test('says who may ask, what comes back and what can go wrong', () => {
    expect(at('GET /api/products').security).toEqual([]);
    expect(at('GET /api/account').security).toEqual([{ session: [] }, { bearer: [] }]);
    expect(at('GET /api/mobile/home').security).toEqual([{}, { session: [] }, { bearer: [] }]);
    expect(at('POST /api/orders').security).toEqual([{ session: [], csrf: [] }, { bearer: [] }]);
    expect(at('POST /api/cart/lines').security).toEqual([{ csrf: [] }, { session: [], csrf: [] }, { bearer: [] }]);
    expect(at('POST /api/webhooks/clerk')).toMatchObject({
      security: [{ 'svix-signature': [] }, { 'webhook-signature': [] }],
      description: expect.stringContaining('signs'),
      requestBody: { required: true, content: { 'application/json': { schema: {} } } },
    });
    const statuses = (route: string) => Object.keys(at(route).responses).join(' ');
    expect(statuses('DELETE /api/addresses/{id}')).toBe('204 400 401 403 404 409 412 422 428 429 5XX default');
    expect(statuses('GET /api/auth/callback')).toBe('303 400 401 403 429 5XX default');
    expect(statuses('GET /api/health/live')).toBe('200 304 400 5XX default');
    const types = (route: string) => Object.keys(at(route).responses['200']?.content ?? {});
    expect(types('GET /api/products/{id}')).toEqual(['application/json', 'text/event-stream']);
    expect(types('GET /api/addresses/{id}')).toEqual(['application/json', 'text/event-stream']);
    expect(types('PUT /api/addresses/{id}')).toEqual(['application/json']);
    expect(types('GET /api/events')).toEqual(['text/event-stream']);
    expect(types('GET /api/exports/{id}/file')).toEqual(['text/csv']);
    const headers = Object.keys(at('GET /api/account').responses['200']?.headers ?? {});
    expect(headers).toEqual(expect.arrayContaining(['ETag', 'Section-Status', 'Server-Timing', 'RateLimit']));
    const conflict = at('POST /api/orders').responses['409']?.content?.['application/problem+json'];
    expect(Object.keys(conflict?.examples ?? {})).toEqual(expect.arrayContaining(['cart-empty', 'total-changed']));
  });

  test('says of a write that it answers with a view, and of a read that it may be a stream', () => {
    const told = (route: string) => at(route).responses['200']?.description;
    expect(told('PATCH /api/addresses/{id}')).toBe('The view');
    expect(told('PUT /api/addresses/{id}')).toBe('The view');
    expect(told('GET /api/ops/status')).toBe('The view');
    expect(told('GET /api/addresses/{id}')).toMatch(/^The view\. As a stream/);
    expect(told('GET /api/products/{id}')).toMatch(/ As a stream/);
  });

  test('shows each problem as the engine writes it', () => {
    const kinds = problemKinds(operations);
    const examples = components.examples as Record<string, { value: Json }>;
    expect(Object.keys(examples)).toEqual(Object.keys(kinds));
    for (const [slug, example] of Object.entries(examples)) {
      const { requestId } = example.value as { requestId: string };
      const request = { requestId, base: ABOUT.origin, declared: kinds };
      const { instance, ...told } = JSON.parse(Buffer.from(renderProblem({ slug }, request).body).toString());
      expect(example.value).toEqual(told);
    }
  });
});

describe('schemas', () => {
  const of = (id: string, shape: z.ZodObject) =>
    operation(
      {
        id,
        route: `POST /api/${id}`,
        summary: '',
        audience: 'public',
        input: z.object({}),
        example: {},
        deadline: 1_000,
        answers: { 200: shape, 204: undefined },
      },
      async () => done(),
    );
  const schemasOf = (...all: z.ZodObject[]) => {
    const made = openApi(
      all.map((shape, at) => of(`op${at}`, shape)),
      ABOUT,
      {},
    );
    return { newer: made.components as Json, older: downgrade(made).components as Json };
  };

  test('of answers are open, and in 3.0 say it in its words', () => {
    const Kind = (kind: string) =>
      z.object({ kind: z.literal(kind), n: z.int().positive() }).meta({ id: `Kind${kind}` });
    const [X, Y] = [Kind('X'), Kind('Y')];
    const Thing = z
      .object({
        word: z.enum(['a', 'b']),
        maybe: z.number().nullable(),
        one: z.discriminatedUnion('kind', [X, Y]),
        other: X.nullable().meta({ description: 'Or none' }),
      })
      .meta({ id: 'Thing' });
    const { newer, older } = schemasOf(Thing);
    const mapping = { X: '#/components/schemas/KindX', Y: '#/components/schemas/KindY' };
    const oneOf = Object.values(mapping).map(($ref) => ({ $ref }));
    expect(newer.schemas).toMatchObject({
      Thing: {
        required: ['word', 'maybe', 'one', 'other'],
        properties: {
          word: { type: 'string', 'x-extensible-enum': ['a', 'b'] },
          maybe: { type: ['number', 'null'] },
          one: { oneOf, discriminator: { propertyName: 'kind', mapping } },
        },
      },
      KindX: {
        properties: { kind: { const: 'X', enum: ['X'] }, n: { type: 'integer', format: 'int64', exclusiveMinimum: 0 } },
      },
    });
    expect(JSON.stringify(newer.schemas)).not.toContain('additionalProperties":false');
    expect(older.schemas).toMatchObject({
      Thing: {
        properties: {
          maybe: { type: 'number', nullable: true },
          one: { oneOf, discriminator: { propertyName: 'kind', mapping } },
          other: { allOf: [{ $ref: mapping.X }], nullable: true, description: 'Or none' },
        },
      },
      KindX: {
        properties: {
          kind: { type: 'string', enum: ['X'] },
          n: { type: 'integer', format: 'int64', minimum: 0, exclusiveMinimum: true },
        },
      },
    });
  });

  test('may not share an id', () => {
    const Twice = (shape: z.ZodRawShape) => z.object({ it: z.object(shape).meta({ id: `Twice` }) });
    expect(() => schemasOf(Twice({ a: z.string() }), Twice({ b: z.string() }))).toThrow('Twice');
  });
});
