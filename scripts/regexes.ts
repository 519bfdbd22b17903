import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import { analyse } from 'scslre';

/** Where text of others is read, or may be: everything but tests, and scripts that only read our own. */
const FOLDERS = [
  'app',
  'client',
  'config',
  'host',
  'inspector',
  'kernel',
  'mocks',
  'operations',
  'pages',
  'reference',
  'schemas',
  'services',
];

/** A regular expression that may take more than linear time. */
interface SlowRegex {
  readonly path: string;
  readonly line: number;
  readonly literal: string;
  readonly why: string;
}

/** Every regular expression in a module that is slow on some text (`scslre`), or can't be analysed. */
export function slowRegexes(path: string, text: string): SlowRegex[] {
  const found: SlowRegex[] = [];
  const judge = (source: string, flags: string, at: number) => {
    const { reports } = analyse({ source, flags }, { maxReports: 1 });
    for (const { character } of reports) {
      const why = `takes more than linear time over many of ${character.literal.source}`;
      found.push({ path, line: lineOf(text, at), literal: `/${source}/${flags}`, why });
    }
  };
  const { program } = parseSync(path, text);
  const visitor = new Visitor({
    Literal(node) {
      if ('regex' in node && node.regex) judge(node.regex.pattern, node.regex.flags, node.start);
    },
    NewExpression({ callee, start, end }) {
      if (callee.type !== 'Identifier' || callee.name !== 'RegExp') return;
      found.push({
        path,
        line: lineOf(text, start),
        literal: text.slice(start, end),
        why: 'can not be judged: write a literal',
      });
    },
  });
  visitor.visit(program);
  return found;
}

const lineOf = (text: string, at: number) => text.slice(0, at).split('\n').length;

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(?:ts|tsx|mjs)$/.test(entry.name)) yield path;
  }
}

if (import.meta.main) {
  const roots = readdirSync('.').filter((name) => /\.tsx?$/.test(name));
  const paths = [...roots, ...FOLDERS.flatMap((folder) => [...sources(folder)])];
  const slow = paths.flatMap((path) => slowRegexes(path, readFileSync(path, 'utf8')));
  for (const { path, line, literal, why } of slow) process.stderr.write(`${path}:${line} ${literal} ${why}\n`);
  process.exitCode = slow.length === 0 ? 0 : 1;
}
