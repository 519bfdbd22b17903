import type { Question } from '../answers/graphql.ts';
import { type Draft, edited, newFile, type Read, unlessNamed } from '../files/edits.ts';
import { camel, pascal, upstreamName, upstreamPath } from '../names.ts';
import { filled, type Parameter, parameterNames, withParameters } from '../path-parameters.ts';
import { refused } from '../refused.ts';
import { isInherited } from '../shapes/inherited.ts';
import { isUnknown, type Shape } from '../shapes/shape.ts';
import { keyText, memberText, textLiteral, valueLiteral } from './literal.ts';
import { partText, wireText } from './wire-text.ts';

const UPSTREAMS = 'schemas/upstream/scenario.ts';
const VARIABLES = 'config/upstreams/targets.ts';
const TAGS = 'services/tags.ts';
const MOCKS = 'mocks/server.ts';
const MISBEHAVIOUR = 'tests/mocks/misbehaviour.test.ts';
const EXAMPLE = '.env.example';

/** The most that the engine reads of an answer, in bytes. */
const LONGEST = 2 * 1024 * 1024;
/** The least that a test's engine is too small to keep. */
const LONG = 256 * 1024;
/** What the caches keep of one answer: under a scenario, where they are small; and whole, with its compressed forms. */
const KEPT_UNDER_SCENARIO = 145 * 1024;
const KEPT_WHOLE = 1536 * 1024;

/** What there is to say of an answer that is too large for a cache; undefined where none is. */
export function tooLarge(seed: unknown): string | undefined {
  const bytes = bytesOf(seed);
  if (bytes > KEPT_WHOLE) return `with ${bytes} bytes, answers made of all of it are too large to be kept`;
  return bytes > KEPT_UNDER_SCENARIO ? `with ${bytes} bytes it is too large to be kept under a scenario` : undefined;
}

const bytesOf = (seed: unknown) => Buffer.byteLength(JSON.stringify(seed));
/** Whether a test's engine is too small to keep it. */
export const isLong = (seed: unknown) => bytesOf(seed) > LONG;

interface NewUpstream {
  readonly name: string;
  /** What it is asked for, below its base: `v1/points`. */
  readonly path: string;
  /** What the call is named; not said, the last part of the path. */
  readonly call?: string;
  readonly shape: Shape;
  /** What its mock answers. */
  readonly seed: unknown;
  /** Whether the answer is one user's alone: it is never cached. */
  readonly isPrivate: boolean;
  /** Set where it is asked by GraphQL; the root is in the document. */
  readonly question?: Question;
  /** Of the path, in their order. */
  readonly parameters?: readonly Parameter[];
}

/** The words of the templates below. */
export interface Words {
  /** `loyalty`: the upstream, its files, its menu and its tag. */
  readonly name: string;
  /** `v1/points` */
  readonly path: string;
  /** `points`: the one call of its menu. */
  readonly call: string;
  /** `LoyaltyPoints`: the schema of what it answers, and its type. */
  readonly schema: string;
  readonly shape: Shape;
  readonly parameters: readonly Parameter[];
  /** Set where it is asked by GraphQL: the name of the query, and the member of its data that is the answer. */
  readonly graphql?: { readonly name: string; readonly root: string | undefined } | undefined;
}

/** Everything that a new upstream consists of: its schema, its menu, its mock with its faults, and their tests. */
export function newUpstream(read: Read, given: NewUpstream): Draft[] {
  const { shape, seed, isPrivate, question, parameters = [] } = given;
  const name = upstreamName(given.name);
  const path = upstreamPath(given.path, given.call);
  const call = given.call ?? camel(path.split('/').findLast((segment) => !segment.startsWith('{')) ?? '');
  if (parameterNames(path).includes(name))
    throw refused(
      `"${path}" has a parameter that is called as the upstream is: say --path with another name, such as {id}.`,
    );
  const bytes = bytesOf(seed);
  if (bytes > LONGEST)
    throw refused(
      `The sample has ${bytes} bytes, and the engine reads ${LONGEST} of an answer, unless its upstream says more (maxBytes): ask for fewer at a time.`,
    );
  const graphql = question && { name: question.document.name, root: question.document.root };
  const schema = call === name ? pascal(name) : pascal(name) + pascal(call);
  const words = { name, path, call, schema, shape, parameters, graphql };

  const variable = `${name.toUpperCase()}_URL`;
  unlessNamed(read, EXAMPLE, variable);
  unlessNamed(read, MOCKS, `${name}Handlers`);
  unlessNamed(read, TAGS, `${name}:`);
  unlessNamed(read, MISBEHAVIOUR, words.schema);
  return [
    newFile(read, `schemas/upstream/${name}.ts`, schemaFile(words)),
    newFile(read, `services/${name}.ts`, serviceFile(words, isPrivate, question)),
    newFile(read, `mocks/seed/${name}.json`, `${JSON.stringify(seed, null, 2)}\n`),
    newFile(read, `mocks/${name}.ts`, mockFile(words)),
    newFile(read, `tests/services/${name}.test.ts`, serviceTest(words, isPrivate, isLong(seed))),
    edited(read, UPSTREAMS, [{ at: 'before', line: /^\] as const;$/, add: `  '${name}',` }]),
    edited(read, TAGS, [{ at: 'after', line: /^export const tags = \{$/, add: `  ${name}: '${name}',` }]),
    edited(read, VARIABLES, [
      { at: 'after-last', line: /^ {2}[A-Z0-9]+_URL: urlOf\(/, add: `  ${variable}: urlOf('${name}'),` },
    ]),
    environment(read, name, variable),
    edited(read, MOCKS, [
      {
        at: 'after-last',
        line: /^import \{ .*Handlers\b.* \} from '\.\//,
        add: `import { ${name}Handlers } from './${name}.ts';`,
      },
      { at: 'after-last', line: /^ {4}\.\.\.\w+Handlers\(/, add: `    ...${name}Handlers(conduct),` },
    ]),
    edited(read, MISBEHAVIOUR, [
      {
        at: 'after-last',
        line: /^import \{ .* \} from '#schemas\/upstream\//,
        add: `import { ${words.schema} } from '#schemas/upstream/${name}.ts';`,
      },
      { at: 'after', line: /^const CASES: readonly Case\[\] = \[$/, add: misbehaviour(words) },
    ]),
  ];
}

/** What stands in `schemas/upstream`. */
export function schemaFile({ name, path, schema, shape, graphql }: Omit<Words, 'call' | 'parameters'>): string {
  const { parts, text } = wireText(shape, schema);
  const asked = graphql ? `query ${graphql.name}` : `GET ${path}`;
  return `import { z } from 'zod';

${parts.map((part) => partText(part)).join('')}/** What ${name} answers to \`${asked}\`, as far as samples show it: what no mark or hand has made sure may be missing. */
export const ${schema} = ${text};
export type ${schema} = z.infer<typeof ${schema}>;
`;
}

const serviceFile = (
  { name, path, call, schema }: Words,
  isPrivate: boolean,
  question: Question | undefined,
) => `import { cache } from '#kernel/cache/policy.ts';
${question ? `import { graphqlDocument } from '#kernel/upstream/calls/graphql.ts';\n` : ''}import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { ${schema} } from '#schemas/upstream/${name}.ts';
import { tags } from './tags.ts';

const http = upstream('${name}', { timeout: 800, attempts: 2, parallel: 32 });

${keptText(name, isPrivate)}
${question ? documentText(question) : ''}
export const ${name} = {
  ${question ? graphqlCall(call, path, schema, question) : getCall(call, path, schema)},
};
`;

/** How long its answers are kept, as it stands in its service. */
export const keptText = (name: string, isPrivate: boolean) =>
  isPrivate
    ? `// Its answers have something private in them, so none is kept for others.
const kept = cache.none.tagged(tags.${name});`
    : `const kept = cache.for('60s').staleFor('10m').staleOnError('1d').tagged(tags.${name});`;

function getCall(call: string, path: string, schema: string): string {
  const taken = parameterNames(path).map((name) => `${name}: string`);
  const text = withParameters(path, (name) => `\${${name}}`);
  return `${call}: (${taken.join(', ')}) => http.get(path\`${text}\`, ${schema}, kept)`;
}

const documentText = ({ document: { text, root } }: Question) => `
const DOCUMENT = graphqlDocument(
  \`${text.replaceAll(/[\\`]|\$\{/g, '\\$&')}\`,
  ${root === undefined ? '' : `{ root: ${textLiteral(root)} },`}
);
`;

/** The variables that the sample came by are what an endpoint begins with. */
function graphqlCall(call: string, path: string, schema: string, { variables }: Question): string {
  const hasVariables = Object.keys(variables).length > 0;
  const [taken, given] = hasVariables ? [`variables = ${valueLiteral(variables)}`, 'variables'] : ['', '{}'];
  return `${call}: (${taken}) => http.graphql(path\`${path}\`, DOCUMENT, ${given}, ${schema}, kept)`;
}

type Mocked = Omit<Words, 'parameters'>;
export const mockFile = (words: Mocked) => (words.graphql ? graphqlMock(words) : restMock(words));

const restMock = ({ name, path, schema, shape }: Mocked) => `import { HttpResponse, http } from 'msw';
import type { ${schema} } from '#schemas/upstream/${name}.ts';
import { type Conduct, type FaultInjection, misbehave } from './misbehave.ts';
import sample from './seed/${name}.json' with { type: 'json' };

const injection: FaultInjection = {
  error: (status, message) => HttpResponse.json({ status, message }, { status }),
  drift: ${driftOf(schema, shape)},
  empty: ${emptyOf(schema, shape)},
};

export function ${name}Handlers(conduct: Conduct) {
  return [
    http.get('*/${name}/${withParameters(path, (one) => `:${one}`)}', ({ request }) =>
      misbehave('${name}', request, conduct, injection, () => sample),
    ),
  ];
}
`;

/** It answers one query, whatever its variables. */
const graphqlMock = ({ name, path, schema, shape, graphql }: Mocked) => `import { HttpResponse, http } from 'msw';
import type { ${schema} } from '#schemas/upstream/${name}.ts';
import { type Conduct, type FaultInjection, misbehave } from './misbehave.ts';
import sample from './seed/${name}.json' with { type: 'json' };

type Answered = { readonly data: ${graphql?.root === undefined ? schema : `{ readonly ${keyText(graphql.root)}: ${schema} }`} };
const dataOf = (answer: unknown) => ({ data: ${inRoot(graphql?.root, 'answer')} });
const drift = ${driftOf(schema, shape)};
${listsOf(shape).length > 0 && !shape.list && !shape.map ? `const empty = ${emptyOf(schema, shape)};\n` : ''}
const injection: FaultInjection = {
  error: (status, message) => HttpResponse.json({ errors: [{ message }] }, { status }),
  drift: ({ data }: Answered) => dataOf(drift(${rootIn(graphql?.root)})),
  empty: ${emptyGraphql(shape, graphql?.root)},
};

export function ${name}Handlers(conduct: Conduct) {
  return [
    http.post('*/${name}/${path}', ({ request }) =>
      misbehave('${name}', request, conduct, injection, () => dataOf(sample)),
    ),
  ];
}
`;

const rootIn = (root: string | undefined) => (root === undefined ? 'data' : memberText('data', root));

function emptyGraphql(shape: Shape, root: string | undefined): string {
  if (shape.list) return '() => dataOf([])';
  if (shape.map) return '() => dataOf({})';
  return hasEmpty(shape) ? `({ data }: Answered) => dataOf(empty(${rootIn(root)}))` : `() => (${NO_DATA})`;
}

const inRoot = (root: string | undefined, text: string) =>
  root === undefined ? text : `{ ${keyText(root)}: ${text} }`;
const NO_DATA = `{ data: null, errors: [{ message: 'nothing is known', extensions: { code: 'NOT_FOUND' } }] }`;
const hasEmpty = (shape: Shape) => Boolean(shape.list || shape.map || listsOf(shape).length > 0);

/** One member of the wrong type; where none is sure to be noticed, something around the whole answer. */
function driftOf(schema: string, { list, object }: Shape): string {
  if (list) return `(answer: ${schema}) => ({ items: answer })`;
  const [sure] = [...(object ?? [])].filter(([key, { shape }]) => isPlain(shape) && isSayable(key));
  // A map would take a member more for one more entry.
  if (sure === undefined) return `(answer: ${schema}) => [answer]`;
  const [key, { shape }] = sure;
  const value = memberText('answer', key);
  return `(answer: ${schema}) => ({ ...answer, ${keyText(key)}: ${shape.text ? `[${value}]` : `String(${value})`} })`;
}

/** The linter and every object have another use for some names. */
const isSayable = (key: string) => key !== 'then' && !isInherited(key);

const isPlain = ({ text, number, boolean, null: _, private: __, ...others }: Shape) =>
  Object.keys(others).length === 0 && [text, number, boolean].filter(Boolean).length === 1;

/** Lists without elements; a 404 where there are none. */
function emptyOf(schema: string, shape: Shape): string {
  if (shape.list) return '() => []';
  if (shape.map) return '() => ({})';
  const lists = listsOf(shape);
  if (lists.length === 0) return `() => injection.error(404, '${NOTHING}')`;
  return `(answer: ${schema}) => ({ ...answer, ${emptied(lists)} })`;
}

const NOTHING = 'nothing is known';
const listsOf = ({ object }: Shape) =>
  [...(object ?? [])].flatMap(([key, { shape }]) => (shape.list && !isUnknown(shape) && isSayable(key) ? [key] : []));
const emptied = (lists: readonly string[]) => lists.map((key) => `${keyText(key)}: []`).join(', ');

export function misbehaviour({ name, path, schema, shape, graphql, parameters }: Words): string {
  const lists = listsOf(shape);
  const empty = shape.list ? '[]' : shape.map ? '{}' : `expect.objectContaining({ ${emptied(lists)} })`;
  const target = `upstream: '${name}', target: '${name}/${filled(path, parameters)}'`;
  if (graphql === undefined) {
    const nothing = hasEmpty(shape) ? empty : `{ status: 404, message: '${NOTHING}' }`;
    return `  { ${target}, schema: ${schema}, empty: ${nothing} },`;
  }
  const { root } = graphql;
  const part = `({ data }) => ${root === undefined ? 'data' : memberText('data', root, true)}`;
  const none = hasEmpty(shape) ? `{ data: ${inRoot(root, empty)} }` : NO_DATA;
  return `  { ${target}, post: {}, schema: ${schema}, part: ${part}, empty: ${none} },`;
}

export const serviceTest = (
  { name, call, schema, parameters }: Words,
  isPrivate: boolean,
  isLong: boolean,
) => `import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import sample from '#mocks/seed/${name}.json' with { type: 'json' };
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { ${schema} } from '#schemas/upstream/${name}.ts';
import { ${name} } from '#services/${name}.ts';
${isPrivate ? '' : "import { tags } from '#services/tags.ts';\n"}import { startEngine } from '#tests/support/engine.ts';

let mocks: MockServer;
beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

/** The call as it came, and nothing else. */
const getIt = operation(
  {
    id: 'getIt',
    route: 'GET /api/it',
    summary: '',
    audience: 'public',
    input: z.object({}),
    example: {},
    output: z.object({ it: ${schema} }),
    deadline: 2_000,
  },
  (_, { all }) => all({ it: required(${name}.${call}(${parameters.map(({ example }) => textLiteral(example)).join(', ')})) }, (values) => values),
);

test('${name}.${call} is the sample, ${isPrivate ? 'and asked for each time' : 'kept until its tag is purged'}', async () => {
  const urls = { ${name}: \`http://127.0.0.1:\${mocks.port}/${name}/\` };
  const { ask${isPrivate ? '' : ', purge'} } = startEngine(urls, [getIt]${isLong ? ', { cacheBytes: 128 * 1024 * 1024 }' : ''});
  const first = await ask('/api/it');
  expect([first.status, first.json.it]).toEqual([200, ${schema}.parse(sample)]);
  const cacheStatus = async () => (await ask('/api/it')).headers['cache-status'];
${
  isPrivate
    ? `  expect(await cacheStatus()).not.toContain('hit');`
    : `  expect(await cacheStatus()).toBe('tributary; hit');
  purge(tags.${name});
  expect(await cacheStatus()).not.toBe('tributary; hit');`
}
});
`;

/** The example environment as `describeEnv` will have it: the new name among those that may be mocked, and its URL. */
function environment(read: Read, name: string, variable: string): Draft {
  const names = [...(read(UPSTREAMS) ?? '').matchAll(/^ {2}'([a-z0-9]+)',$/gm)].map(([, one]) => one).join(',');
  const last = (read(VARIABLES) ?? '').match(/(?<=^ {2})[A-Z0-9]+_URL(?=: urlOf\()/gm)?.at(-1);
  const url = `# Base URL of the ${name} upstream.\n# Not set: its mock.\n#${variable}=https://${name}.internal/v1/`;
  const draft = edited(read, EXAMPLE, [{ at: 'after', line: new RegExp(`^#${last}=`), add: `\n${url}` }]);
  if (!draft.text.includes(`${names}.`)) throw refused(`${EXAMPLE} does not name the upstreams as they are: ${names}.`);
  return { ...draft, text: draft.text.replace(`${names}.`, `${names},${name}.`) };
}
