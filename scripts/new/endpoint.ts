import { type Draft, edited, newFile, type Read, unlessNamed } from './edits.ts';
import { endpointName, pascal } from './names.ts';
import { refused } from './refused.ts';
import type { Shape } from './shape.ts';
import { reshapeText, schemaText, shown, type View, viewOf } from './view.ts';

const INDEX = 'operations/index.ts';
const HOSTS = 'tests/hosts/both.test.ts';
/** The column of the routes in `operations/index.ts`. */
const ROUTE_COLUMN = 23;
/** The maximum number of lines of an answer that its test spells out. */
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
  readonly view: View;
  /** The complete answer, as TypeScript. */
  readonly complete: string;
}

/** Everything that a new endpoint consists of: its view, its operation with one section, its route, and their tests. */
export function newEndpoint(
  read: Read,
  wanted: string,
  { upstream, call, shape, sample }: FirstCall,
  leftOut: (path: string) => void,
): Draft[] {
  const name = endpointName(wanted);
  const view = viewOf(shape, `${upstream}.${call}`, leftOut);
  if (view === undefined) throw refused(`Nothing that ${upstream}.${call} answers is clear enough to make a view of.`);
  const example = sample === undefined ? '' : JSON.stringify(shown(view, sample), null, 2);
  const isShort = example !== '' && example.split('\n').length <= SPELT_OUT;
  const type = pascal(name);
  const words = {
    name,
    id: `get${type}`,
    type,
    section: upstream,
    call,
    view,
    complete: isShort ? example : 'expect.anything()',
  };
  unlessNamed(read, INDEX, words.id);
  const route = `GET /api/${name}`;
  return [
    newFile(read, `schemas/view/${name}.ts`, viewFile(words)),
    newFile(read, `operations/${name}.ts`, operationFile(words)),
    newFile(read, `app/api/${name}/route.ts`, routeFile(words)),
    newFile(read, `tests/operations/${name}.test.ts`, operationTest(words)),
    edited(read, INDEX, [
      {
        at: 'after-last',
        line: /^import \{ .* \} from '\.\//,
        add: `import { ${words.id} } from './${name}.ts';`,
      },
      { at: 'before', line: /^\];$/, add: `  ${`${words.id}, //`.padEnd(ROUTE_COLUMN - 3)} ${route}` },
    ]),
    edited(read, HOSTS, [
      {
        at: 'after',
        line: /^const SAME: readonly \[string, string, Ask\?\]\[\] = \[$/,
        add: `  ['${name}', '/api/${name}'],`,
      },
    ]),
  ];
}

const viewFile = ({ name, type, section, view }: Words) => `import { z } from 'zod';

/** What \`GET /api/${name}\` answers; what is not in it never leaves. */
export const ${type}View = z
  .object({ ${section}: ${schemaText(view)}.optional() })
  .meta({ id: '${type}' });
export type ${type}View = z.infer<typeof ${type}View>;
`;

const operationFile = ({ name, id, type, section, call, view }: Words) => `import { z } from 'zod';
import { operation } from '#kernel/contract/operation.ts';
import { optional, type Values } from '#kernel/flow/section.ts';
import { ${type}View } from '#schemas/view/${name}.ts';
import { ${section} } from '#services/${section}.ts';

export const ${id} = operation(
  {
    id: '${id}',
    route: 'GET /api/${name}',
    summary: 'Everything that the ${name.replaceAll('-', ' ')} needs',
    audience: 'public',
    input: z.object({}),
    example: {},
    output: ${type}View,
    parts: ['${section}'],
    deadline: 1_500,
  },
  (_, { all }) => all(sectionsOf(), to${type}View),
);

/** What fails here is left out and reported; \`required\` would make it a problem, \`subject\` a 404. */
const sectionsOf = () => ({
  ${section}: optional(${section}.${call}()),
});

function to${type}View({ ${section} }: Values<ReturnType<typeof sectionsOf>>): ${type}View {
  return { ${member(section, reshapeText(view, section, true))} };
}
`;

const member = (name: string, value: string) => (name === value ? name : `${name}: ${value}`);

const routeFile = ({ name, id }: Words) => `import { serve } from '#app/serve.ts';
import { ${id} } from '#operations/${name}.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(${id});
`;

const operationTest = ({
  name,
  id,
  section,
  complete,
}: Words) => `import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ${id} } from '#operations/${name}.ts';
import { bySchema, openShop, problemOf, type Shop } from './shop.ts';

const TARGET = '/api/${name}';
let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});
beforeEach(() => shop.restart());
afterAll(() => shop.close());

test('${name}, complete, is what ${section} says, in our words', async () => {
  const answer = await shop.ask(TARGET);
  expect([answer.status, answer.meta]).toEqual([200, { complete: true, sections: {} }]);
  expect(answer.body).toEqual({ ${section}: ${complete} });
  expect(bySchema(${id}, answer)).toEqual(answer.body);
});

describe('${name}, degraded', () => {
  test.each([
    ['down', 'unavailable', undefined],
    ['drifted', 'contract', undefined],
    ['huge', 'contract', undefined],
    ['hang', 'timeout', 150],
  ])('lacks ${section} where that is %s, and says so', async (word, reason, deadline) => {
    const answer = await shop.under(\`${section}=\${word}\`, TARGET, deadline);
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
