import { type Draft, edited, newFile, type Read, unlessNamed } from './edits.ts';
import { camel, pascal, upstreamName, upstreamPath } from './names.ts';
import { refused } from './refused.ts';
import { type Shape, shapeOf } from './shape.ts';
import { keyText, memberText, wireText } from './wire-text.ts';

const UPSTREAMS = 'schemas/upstream/scenario.ts';
const VARIABLES = 'config/env-variables.ts';
const TAGS = 'services/tags.ts';
const MOCKS = 'mocks/server.ts';
const MISBEHAVIOUR = 'tests/mocks/misbehaviour.test.ts';
const EXAMPLE = '.env.example';

export interface NewUpstream {
  readonly name: string;
  /** What it is asked for, below its base: `v1/points`. */
  readonly path: string;
  /** What it answered. */
  readonly sample: unknown;
}

/** The words of the templates below. */
interface Words {
  /** `loyalty`: the upstream, its files, its client and its tag. */
  readonly name: string;
  /** `v1/points` */
  readonly path: string;
  /** `points`: the one call of its client. */
  readonly call: string;
  /** `LoyaltyPoints`: the schema of what it answers, and its type. */
  readonly schema: string;
  readonly shape: Shape;
}

/**
 * Everything that a new upstream consists of: its schema, its client, its mock with its fault injection, and their
 * tests.
 */
export function newUpstream(read: Read, { name: wanted, path: below, sample }: NewUpstream): Draft[] {
  const name = upstreamName(wanted);
  const path = upstreamPath(below);
  const shape = shapeOf(sample);
  checkSample(sample, shape);
  const call = camel(path.split('/').at(-1) ?? '');
  const words = { name, path, call, schema: call === name ? pascal(name) : pascal(name) + pascal(call), shape };

  const variable = `${name.toUpperCase()}_URL`;
  unlessNamed(read, VARIABLES, variable);
  unlessNamed(read, MOCKS, `${name}Handlers`);
  unlessNamed(read, TAGS, `${name}:`);
  unlessNamed(read, MISBEHAVIOUR, words.schema);
  return [
    newFile(read, `schemas/upstream/${name}.ts`, schemaFile(words)),
    newFile(read, `services/${name}.ts`, serviceFile(words)),
    newFile(read, `mocks/seed/${name}.json`, `${JSON.stringify(sample, null, 2)}\n`),
    newFile(read, `mocks/${name}.ts`, mockFile(words)),
    newFile(read, `tests/services/${name}.test.ts`, serviceTest(words)),
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

function checkSample(sample: unknown, { list, object }: Shape): void {
  if (Array.isArray(sample) && sample.length === 0)
    throw refused('The sample is an empty list, which says nothing about what is in one: paste one with an element.');
  if (list === undefined && object === undefined)
    throw refused('The sample is neither an object nor a list: paste the whole of an answer.');
}

const schemaFile = ({ name, path, schema, shape }: Words) => `import { z } from 'zod';

/** What ${name} answers to \`GET ${path}\`, as one sample had it: loosen what it may be too strict about. */
export const ${schema} = ${wireText(shape)};
export type ${schema} = z.infer<typeof ${schema}>;
`;

const serviceFile = ({ name, path, call, schema }: Words) => `import { cache } from '#kernel/cache/policy.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { ${schema} } from '#schemas/upstream/${name}.ts';
import { tags } from './tags.ts';

const http = upstream('${name}', { timeout: 800, attempts: 2, parallel: 32 });

const cached = cache.for('60s').staleFor('10m').staleOnError('1d').tagged(tags.${name});

export const ${name} = {
  ${call}: () => http.get(path\`${path}\`, ${schema}, cached),
};
`;

const mockFile = ({ name, path, schema, shape }: Words) => `import { HttpResponse, http } from 'msw';
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
    http.get('*/${name}/${path}', ({ request }) =>
      misbehave('${name}', request, conduct, injection, () => sample),
    ),
  ];
}
`;

/** One member of the wrong type; if none is sure to be noticed, an object around the answer. */
function driftOf(schema: string, { object }: Shape): string {
  if (object === undefined) return `(answer: ${schema}) => ({ items: answer })`;
  const [sure] = [...object].filter(([, { shape }]) => isPlain(shape));
  if (sure === undefined) return `(answer: ${schema}) => [answer]`;
  const [key, { shape }] = sure;
  const value = memberText('answer', key);
  return `(answer: ${schema}) => ({ ...answer, ${keyText(key)}: ${shape.text ? `[${value}]` : `String(${value})`} })`;
}

const isPlain = ({ text, number, boolean, ...others }: Shape) =>
  Object.keys(others).length === 0 && [text, number, boolean].filter(Boolean).length === 1;

/** Lists without elements; a 404 where there are none. */
function emptyOf(schema: string, shape: Shape): string {
  if (shape.object === undefined) return '() => []';
  const lists = listsOf(shape);
  if (lists.length === 0) return `() => injection.error(404, '${NOTHING}')`;
  return `(answer: ${schema}) => ({ ...answer, ${emptied(lists)} })`;
}

const NOTHING = 'nothing is known';
const listsOf = ({ object }: Shape) => [...(object ?? [])].flatMap(([key, { shape }]) => (shape.list ? [key] : []));
const emptied = (lists: readonly string[]) => lists.map((key) => `${keyText(key)}: []`).join(', ');

function misbehaviour({ name, path, schema, shape }: Words): string {
  const lists = listsOf(shape);
  const empty =
    shape.object === undefined
      ? '[]'
      : lists.length === 0
        ? `{ status: 404, message: '${NOTHING}' }`
        : `expect.objectContaining({ ${emptied(lists)} })`;
  return `  { upstream: '${name}', target: '${name}/${path}', schema: ${schema}, empty: ${empty} },`;
}

const serviceTest = ({ name, call, schema }: Words) => `import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import sample from '#mocks/seed/${name}.json' with { type: 'json' };
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { ${schema} } from '#schemas/upstream/${name}.ts';
import { ${name} } from '#services/${name}.ts';
import { tags } from '#services/tags.ts';
import { startEngine } from '#tests/support/engine.ts';

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
  (_, { all }) => all({ it: required(${name}.${call}()) }, (values) => values),
);

test('${name}.${call} is the sample, cached until its tag is purged', async () => {
  const { ask, purge } = startEngine({ ${name}: \`http://127.0.0.1:\${mocks.port}/${name}/\` }, [getIt]);
  const first = await ask('/api/it');
  expect([first.status, first.json.it]).toEqual([200, ${schema}.parse(sample)]);
  const cacheStatus = async () => (await ask('/api/it')).headers['cache-status'];
  expect(await cacheStatus()).toBe('tributary; hit');
  purge(tags.${name});
  expect(await cacheStatus()).not.toBe('tributary; hit');
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
