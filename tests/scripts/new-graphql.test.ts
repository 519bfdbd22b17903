import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { textOf } from '#tests/support/inferred.ts';
import { dataSample, questionOf, rootOf } from '../../scripts/new/answers/graphql.ts';
import { learned } from '../../scripts/new/answers/learn.ts';
import { parseSample } from '../../scripts/new/answers/sample.ts';
import type { Read } from '../../scripts/new/files/edits.ts';
import { readRequest } from '../../scripts/new/request.ts';
import { newUpstream } from '../../scripts/new/texts/upstream.ts';

const QUERY = `# a page
query Page($slug: String!, $first: Int! = 3, $tags: [String!]) {
  page(slug: $slug) { id text(format: "\`a\` \${b}") }
}`;
const VARIABLES = '{"slug":"home"}';
const sample = (value: unknown) => parseSample(JSON.stringify(value));
const refused = (message: RegExp) =>
  expect.objectContaining({ kind: 'refused', message: expect.stringMatching(message) });
const why = (make: () => unknown) => {
  try {
    return make();
  } catch (error) {
    return error;
  }
};

describe('a query', () => {
  test('is taken with what it needs of its variables', () => {
    expect(questionOf(QUERY, VARIABLES)).toMatchObject({ document: { name: 'Page' }, variables: { slug: 'home' } });
    expect(questionOf('query All { all { id } }', undefined)).toMatchObject({ variables: {} });
  });

  test.each<[string, string, string | undefined, RegExp]>([
    ['without a name', '{ page { id } }', undefined, /begins with its operation and a name/],
    ['that changes something', 'mutation Add { add { id } }', undefined, /is a mutation/],
    ['without a variable that it needs', QUERY, undefined, /Page needs \$slug: say --variables/],
    ['with one that it has not', QUERY, '{"slug":"a","page":2}', /has no variable \$page/],
    ['with a list of variables', QUERY, '["home"]', /are an object/],
    ['with variables that are no JSON', QUERY, '{slug: 1}', /can't be used/],
  ])('%s is refused', (_, text, variables, message) =>
    expect(why(() => questionOf(text, variables))).toEqual(refused(message)),
  );

  test.each<[string, RegExp]>([
    ['upstream x --graphql q.graphql', /wants a sample/],
    ['upstream x --graphql q.graphql --url http://a.test/', /and no other source/],
    ['upstream x --graphql q.graphql --sample a.json --openapi d.yaml --operation o', /and no other source/],
    ['upstream x --sample a.json --variables v.json', /Variables are for a query/],
  ])('can’t be "%s"', (line, message) =>
    expect(readRequest(line.split(' '))).toEqual({ kind: 'wrong', why: expect.stringMatching(message) }),
  );
});

describe('an answer', () => {
  test.each<[unknown, string | undefined]>([
    [{ data: { page: { id: 1 } } }, 'page'],
    [{ data: { pages: [1] }, extensions: {} }, 'pages'],
    [{ data: { page: { id: 1 }, shop: {} } }, undefined],
    [{ data: { count: 3 } }, undefined],
  ])('%j has its root at %s', (value, root) => expect(rootOf(sample(value))).toBe(root));

  test.each<[unknown, RegExp]>([
    [{ page: { id: 1 } }, /has its data below "data"/],
    [{ errors: [{ message: 'no' }] }, /has errors and no data/],
    [{ data: {} }, /has nothing in it/],
    [{ data: { page: null } }, /found nothing \(page is null\)/],
    [[1], /has its data below "data"/],
  ])('%j is refused', (value, message) => expect(why(() => rootOf(sample(value)))).toEqual(refused(message)));

  test('is read below its root, with its numbers as they were written', () => {
    const found = dataSample(parseSample('{"data":{"page":{"whole":20,"rating":20.0,"text":"20.0"}}}'), 'page');
    expect(found.json).toBe('{"whole":20,"rating":20.0,"text":"20.0"}');
    expect(why(() => dataSample(sample({ data: { shop: {} } }), 'page'))).toEqual(refused(/nothing at data\.page/));
  });
});

test('becomes a client that asks, a mock that answers below the root, and their tests', () => {
  const read: Read = (path) => (path.includes('/cms') ? undefined : readFileSync(path, 'utf8'));
  const question = questionOf(QUERY, VARIABLES);
  const document = { ...question.document, root: 'page' };
  const { json, value } = dataSample(sample({ data: { page: { id: 'p', blocks: [{ id: 1 }] } } }), 'page');
  const shape = learned(
    { samples: [{ json, value }], described: undefined, marks: { required: [], time: [], map: [] } },
    'x',
    () => undefined,
  );
  const given = { name: 'cms', path: 'graphql', call: 'page', shape, seed: value, isPrivate: false };
  const drafts = newUpstream(read, { ...given, question: { ...question, document } });
  const text = (path: string) => drafts.find((draft) => draft.path === path)?.text ?? '';
  expect(text('services/cms.ts')).toContain(String.raw`text(format: "\`a\` \${b}")`);
  expect(text('services/cms.ts')).toContain('http.graphql(path`graphql`, DOCUMENT, variables, CmsPage, kept)');
  expect(text('mocks/cms.ts')).toContain("http.post('*/cms/graphql'");
  expect(text('schemas/upstream/cms.ts')).toContain('`query Page`');
  expect(text('tests/mocks/misbehaviour.test.ts')).toContain('part: ({ data }) => data?.page');
  expect(textOf(shape)).toContain('blocks: z.array(');
});
