import { describe, expect, test } from 'vitest';
import { schemaOf, textOf } from '#tests/support/inferred.ts';
import { learned } from '../../scripts/new/answers/learn.ts';
import { documented } from '../../scripts/new/answers/openapi.ts';

const NO_MARKS = { required: [], time: [], map: [] };
const operation = (schema: string, more = '') => `
openapi: 3.1.0
info: { title: it, version: '1' }
paths:
  /v1/things/{id}:
    get:
      operationId: getThing
      responses:
        '200':
          description: it
          content:
            application/json; charset=utf-8:
              schema: ${schema}
${more}
components:
  schemas:
    Thing:
      type: object
      required: [id]
      properties:
        id: { type: integer }
        made: { type: string, format: date-time }
        on: { type: [boolean, 'null'] }
        kind: { enum: [big, small] }
        client_secret: { type: string }
        parts: { type: array, items: { $ref: '#/components/schemas/Thing' } }
        prices: { type: object, additionalProperties: { type: number } }
    Named:
      allOf:
        - $ref: '#/components/schemas/Thing'
        - { type: object, properties: { name: { type: string, nullable: true }, id: { type: string } } }
    One: { oneOf: [{ $ref: '#/components/schemas/Thing' }, { type: object, properties: { other: { type: string } } }] }
    Loop: { $ref: '#/components/schemas/Loop' }
`;
const read = (text: string, id = 'getThing') => {
  const told: string[] = [];
  return { ...documented(text, id, (path, why) => told.push(`${path}: ${why}`)), told };
};
const REF = (name: string) => `{ $ref: '#/components/schemas/${name}' }`;

describe('a document', () => {
  test('is as tolerant as a sample: nothing is required, and formats are noted', () => {
    const { shape, path, operation: id } = read(operation(REF('Thing')));
    expect([path, id]).toEqual(['/v1/things/{id}', 'getThing']);
    expect(textOf(shape)).toBe(
      "const It = z.object({ id: z.number().nullish(), made: z.string().nullish().describe('a time with its offset'), " +
        "on: z.boolean().nullish(), kind: z.string().nullish(), client_secret: z.string().nullish().describe('private: a secret'), " +
        'get parts() { return z.array(It).nullish(); }, prices: z.record(z.string(), z.number().nullable()).nullish() });',
    );
  });

  test('may put schemas together, by all of them or one of them', () => {
    const all = textOf(read(operation(REF('Named'))).shape);
    expect(all).toContain('name: z.string().nullish()');
    expect(all).toContain('id: z.union([z.string(), z.number()]).nullish()');
    expect(all).toContain('z.array(It)');
    expect(textOf(read(operation(REF('One'))).shape)).toContain('other: z.string().nullish()');
  });

  test('may put together all of some and one of others, in one schema', () => {
    const both = `{ allOf: [{ description: words }, ${REF('Named')}], oneOf: [${REF('One')}, { properties: { last: { type: string } } }] }`;
    const { shape, example } = read(operation(both));
    for (const name of ['name', 'other', 'last']) expect(textOf(shape)).toContain(`${name}: z.string().nullish()`);
    expect(example).toMatchObject({ id: 1, name: 'text' });
  });

  test('is every kind that a discriminator tells apart, and one of them where that is meant', () => {
    const pets = `components:
  schemas:
    Pet:
      type: object
      discriminator: { propertyName: kind, mapping: { cat: '#/components/schemas/Cat', dog: Dog } }
      properties: { kind: { type: string } }
    Cat: { allOf: [${REF('Pet')}, { properties: { lives: { type: integer } } }] }
    Dog: { allOf: [${REF('Pet')}, { properties: { friend: ${REF('Pet')} } }] }
`;
    const shapeOf = (name: string) => {
      const [paths = ''] = operation(REF(name)).split('components:\n');
      return textOf(read(paths + pets).shape);
    };
    expect(shapeOf('Pet')).toBe(
      'const It = z.object({ kind: z.string().nullish(), lives: z.number().nullish(), get friend() { return It.nullish(); } });',
    );
    expect(shapeOf('Cat')).toBe('const It = z.object({ kind: z.string().nullish(), lives: z.number().nullish() });');
  });

  test('takes what it says itself where its kinds are in another file', () => {
    const pet = `components:
  schemas:
    Pet:
      type: object
      discriminator: { propertyName: kind, mapping: { cat: './cats.yaml#/Cat', odd: 3 } }
      properties: { kind: { type: string } }
`;
    const [paths = ''] = operation(REF('Pet')).split('components:\n');
    expect(textOf(read(paths + pet).shape)).toBe('const It = z.object({ kind: z.string().nullish() });');
  });

  test('of a described list is a list', () => {
    const tags = `components:
  schemas:
    Tags: { type: array, items: { type: string } }
`;
    const tagged = `{ type: object, properties: { tags: { allOf: [${REF('Tags')}], description: words } } }`;
    const [paths = ''] = operation(tagged).split('components:\n');
    expect(read(paths + tags).example).toEqual({ tags: ['text'] });
  });

  test.each<[string, string, string]>([
    ['null, as 3.1 says it', '{ type: [string, "null"] }', 'z.string().nullish()'],
    ['null, as 3.0 says it', '{ type: string, nullable: true }', 'z.string().nullish()'],
    [
      'null beside a reference',
      `{ anyOf: [${REF('Loop')}, { type: string }, { type: "null" }] }`,
      'z.string().nullish()',
    ],
    ['one value', '{ const: 2 }', 'z.number().nullish()'],
    ['some numbers', '{ enum: [1, 2] }', 'z.number().nullish()'],
    ['values of several kinds', '{ enum: [1, two, null] }', 'z.union([z.string(), z.number()]).nullish()'],
    ['any members', '{ type: object, additionalProperties: true }', 'z.record(z.string(), z.unknown()).nullish()'],
    [
      'members by a pattern',
      '{ type: object, patternProperties: { ^x-: { type: string } } }',
      'z.record(z.string(), z.string().nullable()).nullish()',
    ],
    [
      'members and others',
      '{ properties: { a: { type: string } }, additionalProperties: { type: string } }',
      'z.object({ a: z.string().nullish() }).nullish()',
    ],
    ['a tuple', '{ type: array, prefixItems: [{ type: string }], items: false }', 'z.unknown().optional()'],
  ])('says of a member that it is %s', (_, member, text) => {
    const { shape, example } = read(operation(`{ type: object, properties: { it: ${member} } }`));
    expect(textOf(shape)).toBe(`const It = z.object({ it: ${text} });`);
    expect(schemaOf(shape).safeParse(example).success).toBe(true);
  });

  test('says by a format what is private, whatever its name is', () => {
    const { shape, example } = read(
      operation(
        '{ properties: { contact: { type: string, format: email }, word: { type: string, format: password } } }',
      ),
    );
    const text = "z.string().nullish().describe('private:";
    expect(textOf(shape)).toBe(
      `const It = z.object({ contact: ${text} an e-mail address'), word: ${text} a secret') });`,
    );
    expect(example).toMatchObject({ contact: 'somebody@example.com' });
  });

  test('may be written with merge keys, as YAML 1.1 has them', () => {
    const base = '{ type: object, properties: { <<: { a: { type: string } }, b: { type: number } } }';
    expect(textOf(read(operation(base)).shape)).toContain('a: z.string().nullish(), b: z.number().nullish()');
  });

  test('answers something that fits what it says, or what it shows', () => {
    const { shape, example } = read(operation(REF('Named')));
    expect(example).toEqual({
      id: 'text',
      made: '2026-01-01T00:00:00Z',
      on: true,
      kind: 'big',
      client_secret: 'text',
      parts: [],
      prices: {},
      name: 'text',
    });
    expect(schemaOf(shape).safeParse(example).success).toBe(true);
    const shown = operation(REF('Thing'), '              example: { id: 7 }\n');
    expect(read(shown).example).toEqual({ id: 7 });
  });

  test('is read by address as well, as JSON, in 3.0', () => {
    const json = JSON.stringify({
      openapi: '3.0.3',
      paths: { '/a': { get: { responses: { default: { $ref: '#/components/responses/A' } } } } },
      components: {
        responses: {
          A: {
            content: {
              'application/vnd.a+json': { schema: { properties: { 'a/b': { nullable: true, type: 'string' } } } },
            },
          },
        },
      },
    });
    expect(textOf(read(json, 'GET /a').shape)).toBe('const It = z.object({ "a/b": z.string().nullish() });');
  });

  test('ends where no reader would go on, and says where', () => {
    const deep = (levels: number): string =>
      levels === 0 ? '{ type: string }' : `{ type: object, properties: { a: ${deep(levels - 1)} } }`;
    const { told, shape } = read(operation(deep(12)));
    expect(told).toEqual(['a.a.a.a.a.a.a.a: deeper than is read of a document']);
    expect(textOf(shape)).toContain('a: z.record(z.string(), z.unknown()).nullish()');
    expect(textOf(read(operation(REF('Loop'))).shape)).toBe('const It = z.unknown();');
  });

  test.each<[string, string, string, RegExp]>([
    ['of another version', 'swagger: "2.0"', 'x', /of version 2\.0: it takes 3\.0 and 3\.1/],
    ['that is none', 'a: 1', 'x', /no OpenAPI document/],
    ['that can’t be read', '{"openapi": ', 'x', /can't be read: /],
    ['without the operation', operation(REF('Thing')), 'getThings', /no GET called getThings; there are getThing\./],
    [
      'in several files',
      operation("{ $ref: 'thing.yaml' }"),
      'getThing',
      /refers to thing\.yaml, which is in another file: bundle it/,
    ],
    [
      'that does not say',
      operation('').replace('schema:', 'x-none:'),
      'getThing',
      /does not say what getThing answers/,
    ],
  ])('%s is refused', (_, text, id, why) => expect(() => read(text, id)).toThrow(why));
});

describe('a document and a sample', () => {
  const learn = (json: string, schema = REF('Thing')) => {
    const told: string[] = [];
    const { shape } = read(operation(schema));
    const samples = [{ json, value: JSON.parse(json) }];
    const tell = (path: string, why: string) => told.push(`${path}: ${why}`);
    return { text: textOf(learned({ samples, described: shape, marks: NO_MARKS }, 'it', tell)), told };
  };

  test('hold what either knows, and the sample wins where they disagree', () => {
    const { text, told } = learn('{"id":"t-1","on":1,"extra":1,"prices":{"EUR":1}}');
    expect(text).toContain('id: z.string().nullish()');
    expect(text).toContain('on: z.number().nullish()');
    expect(text).toContain('extra: z.number().nullish()');
    expect(text).toContain('made: z.string().nullish()');
    expect(told).toEqual([
      'it.id: the document has number, the sample text',
      'it.on: the document has boolean, the sample number',
    ]);
  });

  test('keep a choice of the document of which the sample shows one', () => {
    const { text, told } = learn(
      '{"owner":"u-1"}',
      '{ type: object, properties: { owner: { oneOf: [{ type: string }, { type: object, properties: { id: { type: string } } }] } } }',
    );
    expect(text).toContain('owner: z.union([z.string(), z.object({ id: z.string().nullish() })]).nullish()');
    expect(told).toEqual([]);
  });

  test('of a deeper tree are as recursive as the document says', () => {
    expect(learn('{"id":1,"parts":[{"id":2,"parts":[{"id":3.5,"name":"x"}]}]}').text).toContain(
      'get parts() { return z.array(It).nullish(); }',
    );
    expect(learn('{"parts":[{"parts":[{"name":"x"}]}]}').text).toMatch(/name: z\.string\(\)\.nullish\(\) }\);$/);
  });
});
