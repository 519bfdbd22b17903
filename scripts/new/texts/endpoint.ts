import { type Draft, edited, newFile, type Read, unlessNamed } from '../files/edits.ts';
import { endpointName, pascal } from '../names.ts';
import type { Parameter } from '../path-parameters.ts';
import { refused } from '../refused.ts';
import type { Shape } from '../shapes/shape.ts';
import { textLiteral, valueLiteral } from './literal.ts';
import { shown, type Tell, viewOf } from './view.ts';
import { type ViewText, viewText } from './view-text.ts';
import { partText } from './wire-text.ts';

const INDEX = 'operations/index.ts';
/** The names of types that are published. */
const BASELINE = 'tests/reference/baseline.json';
const HOSTS = 'tests/hosts/both.test.ts';
const RECORD = 'tests/reference/record.ts';
/** The column of the routes in `operations/index.ts`. */
const ROUTE_COLUMN = 23;
/** The most lines of an answer that its test spells out. */
const SPELT_OUT = 60;

/** The call that a new endpoint begins with. */
export interface FirstCall {
  /** `loyalty` */
  readonly upstream: string;
  /** `points` */
  readonly call: string;
  readonly shape: Shape;
  /** What its mock answers, where a file has it. */
  readonly sample: unknown;
  /** What it is asked with: the endpoint's input. */
  readonly parameters?: readonly Parameter[];
}

/** The words of the templates below. */
interface Words {
  /** `loyalty-card` */
  readonly name: string;
  /** `getLoyaltyCard` */
  readonly id: string;
  /** `LoyaltyCard` */
  readonly type: string;
  /** `loyalty`: the upstream, and the section that it fills. */
  readonly section: string;
  readonly call: string;
  readonly view: ViewText;
  /** What the whole answer is, as TypeScript. */
  readonly complete: string;
  readonly parameters: readonly Parameter[];
  /** `/api/loyalty-card/{id}` */
  readonly route: string;
  /** `/api/loyalty-card/m-1` */
  readonly target: string;
}

/** Everything that a new endpoint consists of: its view, its operation with one section, its route, and their tests. */
export function newEndpoint(
  read: Read,
  wanted: string,
  { upstream, call, shape, sample, parameters = [] }: FirstCall,
  tell: Tell,
): Draft[] {
  const name = endpointName(wanted);
  const view = viewOf(shape, `${upstream}.${call}`, tell);
  if (view === undefined) throw refused(`Nothing that ${upstream}.${call} answers is clear enough to make a view of.`);
  const example = sample === undefined ? '' : valueLiteral(shown(view, sample));
  const isShort = example !== '' && example.split('\n').length <= SPELT_OUT;
  const type = pascal(name);
  const within = (of: (parameter: Parameter) => string) => ['/api', name, ...parameters.map(of)].join('/');
  const words = {
    parameters,
    route: within((one) => `{${one.name}}`),
    target: within(({ example: value }) => value),
    name,
    id: `get${type}`,
    type,
    section: upstream,
    call,
    view: viewText(view, type, upstream, `Values<ReturnType<typeof sectionsOf>>['${upstream}']`),
    complete: isShort ? example : 'expect.anything()',
  };
  unlessNamed(read, INDEX, words.id);
  unlessNamed(read, BASELINE, type);
  const folder = within((one) => `[${one.name}]`);
  return [
    newFile(read, `schemas/view/${upstream}/${name}.ts`, viewFile(words)),
    newFile(read, `operations/${upstream}/${name}.ts`, operationFile(words)),
    newFile(read, `app${folder}/route.ts`, routeFile(words)),
    newFile(read, `tests/operations/${upstream}/${name}.test.ts`, operationTest(words)),
    edited(read, INDEX, [
      {
        at: 'after-last',
        line: /^import \{ .* \} from '\.\//,
        add: `import { ${words.id} } from './${upstream}/${name}.ts';`,
      },
      { at: 'before', line: /^\];$/, add: `  ${`${words.id}, //`.padEnd(ROUTE_COLUMN - 3)} GET ${words.route}` },
    ]),
    edited(read, RECORD, [{ at: 'before', line: /^ {4}'getMobileHome',$/, add: `    '${words.id}',` }]),
    edited(read, HOSTS, [
      {
        at: 'after',
        line: /^const SAME: readonly \[string, string, Ask\?\]\[\] = \[$/,
        add: `  ['${name}', '${words.target}'],`,
      },
    ]),
  ];
}

const viewFile = ({ route, type, section, view }: Words) => `import { z } from 'zod';

${view.schemas.map((part) => viewPart(part, view)).join('')}/** What \`GET ${route}\` answers; what is not in it never leaves. */
export const ${type}View = z
  .object({ ${section}: ${view.schema}.optional() })
  .meta({ id: '${type}' });
export type ${type}View = z.infer<typeof ${type}View>;
`;

/** What is recursive has a type that its reshape names. */
const viewPart = (part: ViewText['schemas'][number], view: ViewText) =>
  part.isRecursive
    ? `export const ${part.name} = ${part.text}.meta({ id: '${part.name.replace(/View$/, '')}' });
export type ${part.name} = z.infer<typeof ${part.name}>;

`
    : partText(part, isNamed(view, part.name));

const operationFile = ({ name, id, type, section, call, view, route, parameters }: Words) => `import { z } from 'zod';
import { operation } from '#kernel/contract/operation.ts';
import { optional, type Values } from '#kernel/flow/section.ts';
${parameters.length === 0 ? '' : `import { OPAQUE_ID } from '#schemas/opaque-id.ts';\n`}import { ${[`${type}View`, ...typesOf(view)].join(', ')} } from '#schemas/view/${section}/${name}.ts';
import { ${section} } from '#services/${section}.ts';

export const ${id} = operation(
  {
    id: '${id}',
    route: 'GET ${route}',
    summary: 'Everything that the ${name.replaceAll('-', ' ')} needs',
    audience: 'public',
    input: z.object({ ${each(parameters, ({ name: one }) => `${one}: z.string().regex(OPAQUE_ID)`)} }),
    example: { ${each(parameters, ({ name: one, example }) => `${one}: ${textLiteral(example)}`)} },
    output: ${type}View,
    parts: ['${section}'],
    deadline: 1_500,
  },
  (${parameters.length === 0 ? '_' : `{ ${each(parameters, named)} }`}, { all }) => all(sectionsOf(${each(parameters, named)}), to${type}View),
);

/** What fails here is left out and reported; \`required\` would make it a problem, \`subject\` a 404. */
const sectionsOf = (${each(parameters, ({ name: one }) => `${one}: string`)}) => ({
  ${section}: optional(${section}.${call}(${each(parameters, named)})),
});

function to${type}View({ ${section} }: Values<ReturnType<typeof sectionsOf>>): ${type}View {
  return { ${member(section, view.reshape)} };
}
${view.reshapes.map((text) => `\n${text}\n`).join('')}`;

const named = ({ name }: Parameter) => name;
const each = (parameters: readonly Parameter[], say: (parameter: Parameter) => string) =>
  parameters.map(say).join(', ');

const typesOf = (view: ViewText) =>
  view.schemas.filter(({ name }) => isNamed(view, name)).map(({ name }) => `type ${name}`);

/** Whether a reshape says the type of a part. */
const isNamed = ({ reshapes }: ViewText, part: string) => reshapes.some((text) => text.includes(`): ${part} {`));

const member = (name: string, value: string) => (name === value ? name : `${name}: ${value}`);

const routeFile = ({ name, section, id }: Words) => `import { serve } from '#app/serve.ts';
import { ${id} } from '#operations/${section}/${name}.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(${id});
`;

const operationTest = ({
  name,
  id,
  section,
  target,
  complete: whole,
}: Words) => `import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ${id} } from '#operations/${section}/${name}.ts';
import { bySchema, openShop, problemOf, type Shop } from '../shop.ts';

const TARGET = '${target}';
let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});
beforeEach(() => shop.restart());
afterAll(() => shop.close());

test('${name}, whole, is what ${section} says, in our words', async () => {
  const answer = await shop.ask(TARGET);
  expect([answer.status, answer.meta]).toEqual([200, { complete: true, sections: {} }]);
  expect(answer.body).toEqual({ ${section}: ${whole} });
  expect(bySchema(${id}, answer)).toEqual(answer.body);
});

describe('${name}, degraded', () => {
  test.each([
    ['down', 'unavailable', undefined],
    ['drifted', 'contract', undefined],
    ['huge', 'contract', undefined],
    ['hang', 'timeout', 150],
  ])('lacks ${section} where that is %s, and says so', async (word, usual, deadline) => {
    const answer = await shop.under(\`${section}=\${word}\`, TARGET, deadline);
    // What comes too late on a machine that others keep busy is told as that.
    const reason = word === 'hang' && answer.text.includes('"busy"') ? 'busy' : usual;
    expect([answer.status, answer.body]).toEqual([200, {}]);
    expect(answer.meta).toEqual({ complete: false, sections: { ${section}: { state: 'missing', reason } } });
    expect(answer.headers).toMatchObject({
      'section-status': \`${section}=missing;reason=\${reason}\`,
      'cache-control': 'no-store',
    });
  });
});

describe('${name}, refused', () => {
  test('for a key that it does not know', async () => {
    const problem = problemOf(await shop.ask(\`\${TARGET}?nope=1\`));
    expect(problem).toMatchObject({ status: 400, code: 'invalid-request', fields: ['query nope: unknown'] });
  });

  test('for a part that it does not have', async () => {
    const problem = problemOf(await shop.ask(\`\${TARGET}?parts=nope\`));
    expect(problem).toMatchObject({ status: 400, code: 'unknown-part' });
  });
});
`;
