import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { openApi } from '#kernel/contract/openapi.ts';
import { operations } from '#operations/index.ts';

type Json = Record<string, unknown>;
type Described = Json & {
  parameters: { name: string; in: string; required: boolean }[];
  responses: Json;
  security: object[];
};

const document = openApi(operations, { title: 'Test', version: '1', summary: 'All of it' });
const paths = document.paths as Record<string, Record<string, Described>>;
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

describe('the document of the whole API', () => {
  test('is OpenAPI 3.1 by its own schema', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  test('has every operation once, under its id', () => {
    const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    expect(ids.sort()).toEqual(operations.map(({ contract }) => contract.id).sort());
  });

  test('refers to nothing that is not in it', () => {
    const components = document.components as Record<string, Json>;
    const missing = references(document).filter((reference) => {
      const [, kind = '', name = ''] = /^#\/components\/(schemas|responses)\/(.+)$/.exec(reference) ?? [];
      return !(name in (components[kind] ?? {}));
    });
    expect(missing).toEqual([]);
  });

  test('declares what stands in a path, and which versions a change wants', () => {
    for (const { route } of operations) {
      const declared = at(`${route.method} ${route.template}`).parameters.filter(
        (parameter) => parameter.in === 'path',
      );
      expect(declared.map(({ name }) => `{${name}}`)).toEqual(route.template.match(/\{\w+\}/g) ?? []);
      expect(declared.every(({ required }) => required)).toBe(true);
    }
    expect(at('PUT /api/addresses/{id}').parameters).toContainEqual(
      expect.objectContaining({ name: 'if-match', in: 'header', required: true }),
    );
  });

  test('says who may ask, what comes back and what can go wrong', () => {
    expect(at('GET /api/products').security).toEqual([]);
    expect(at('GET /api/account').security).toEqual([{ session: [] }, { bearer: [] }]);
    expect(at('GET /api/mobile/home').security).toEqual([{}, { session: [] }, { bearer: [] }]);
    expect(at('POST /api/webhooks/stripe')).toMatchObject({
      security: [],
      description: expect.stringContaining('signs'),
      requestBody: { required: true, content: { 'application/json': { schema: {} } } },
    });
    expect(Object.keys(at('DELETE /api/addresses/{id}').responses)).toEqual(['204', '429', 'default']);
    expect(Object.keys(at('GET /api/auth/callback').responses)).toEqual(['303', '400', '401', '429', 'default']);
    expect(Object.keys(at('GET /api/health/live').responses)).not.toContain('429');
    const types = (route: string) => Object.keys((at(route).responses['200'] as { content: Json }).content);
    expect(types('GET /api/products/{id}')).toEqual(['application/json', 'text/event-stream']);
    expect(types('GET /api/addresses/{id}')).toEqual(['application/json', 'text/event-stream']);
    expect(types('PUT /api/addresses/{id}')).toEqual(['application/json']);
    expect(types('GET /api/events')).toEqual(['text/event-stream']);
  });
});
