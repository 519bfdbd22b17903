import { type Draft, edited, newFile, type Read } from '../files/edits.ts';
import { capital, endpointName, pascal } from '../names.ts';
import { refused } from '../refused.ts';

const FACTS = 'app/components/facts.tsx';
const LOOKED_AT = 'tests/drills/screens-looked-at.ts';

/** A page over an endpoint that the generator made: everything that its section says, to begin with. */
export function newScreen(read: Read, wanted: string): Draft[] {
  const name = endpointName(wanted);
  const id = `get${pascal(name)}`;
  const index = read('operations/index.ts') ?? '';
  const [, file = `${name}.ts`] =
    new RegExp(`^import \\{ ${id} \\} from '\\./([\\w/-]+\\.ts)';$`, 'm').exec(index) ?? [];
  const operation = read(`operations/${file}`);
  const section = operation?.match(/^ {4}parts: \['(\w+)'\],$/m)?.[1];
  if (!operation?.includes(`export const ${id} = operation(`) || section === undefined)
    throw refused(
      `operations/${file} is no endpoint as the generator makes it: \`npm run new endpoint ${name}\` first, or follow "Add a page" in AGENTS.md.`,
    );
  if (operation.includes(`route: 'GET /api/${name}/{`))
    throw refused(`${id} has parameters: which one a page shows is for you to say. Follow "Add a page" in AGENTS.md.`);
  return [
    newFile(read, `app/(shop)/${name}/page.tsx`, pageFile({ name, id, section, file })),
    ...(read(FACTS) === undefined ? [newFile(read, FACTS, factsFile)] : []),
    edited(read, LOOKED_AT, [
      { at: 'after', line: /^const SCREENS = \[$/, add: `  '/${name}',\n  '/${name}?scenario=${section}=down',` },
    ]),
  ];
}

interface Words {
  readonly name: string;
  readonly id: string;
  readonly section: string;
  /** Of the operation. */
  readonly file: string;
}

function pageFile({ name, id, section, file }: Words): string {
  const title = capital(name.replaceAll('-', ' '));
  return `import type { Metadata } from 'next';
import { Facts } from '#app/components/facts.tsx';
import { Notice } from '#app/components/states/notice.tsx';
import { read } from '#app/adapter.ts';
import { guarded } from '#app/guarded.tsx';
import { flat, type Query } from '#app/query.ts';
import { ${id} } from '#operations/${file}';

interface Props {
  readonly searchParams: Promise<Query>;
}

export const metadata: Metadata = { title: '${title}' };

export default function ${pascal(name)}Page(props: Props) {
  return guarded(() => page(props));
}

async function page({ searchParams }: Props) {
  const { scenario } = flat(await searchParams);
  const { meta, ${section} } = await read(${id}, { scenario });
  return (
    <div className="page">
      <h1>${title}</h1>
      <Notice meta={meta} section="${section}" what="${capital(section)}" />
      {${section} !== undefined && <Facts of={${section}} />}
    </div>
  );
}
`;
}

export const factsFile = `import type { ReactNode } from 'react';

/** The most that is shown of a list. */
const MOST = 20;

interface Props {
  readonly of: unknown;
}

/** Any data as it is, to begin a screen with: members by their names, lists one below the other. */
export function Facts({ of }: Props): ReactNode {
  if (of === null || of === undefined || of === '') return '–';
  if (typeof of === 'boolean') return of ? 'yes' : 'no';
  if (typeof of !== 'object') return String(of);
  if (Array.isArray(of)) return <List of={of} />;
  const members = Object.entries(of);
  if (members.length === 0) return 'none';
  return (
    <dl className="facts-list">
      {members.map(([name, value]) => (
        <div key={name}>
          <dt>{wordsOf(name)}</dt>
          <dd>
            <Facts of={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function List({ of }: { readonly of: readonly unknown[] }) {
  if (of.length === 0) return 'none';
  const shown = of.slice(0, MOST).map((value, at) => ({ place: String(at), value }));
  return (
    <>
      <ul className="panels">
        {shown.map(({ place, value }) => (
          <li key={place} className="panel">
            <Facts of={value} />
          </li>
        ))}
      </ul>
      {of.length > MOST && <p className="soft">{\`and \${of.length - MOST} more\`}</p>}
    </>
  );
}

/** \`memberId\` as \`Member id\`. */
function wordsOf(name: string): string {
  const words = name.replaceAll(/(?<=[\\p{Ll}\\d])(?=\\p{Lu})/gu, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
`;
