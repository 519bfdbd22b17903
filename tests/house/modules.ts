import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** One source file, as the walls see it. */
export interface Module {
  readonly path: string;
  /** Its code without comments and without what stands in strings. */
  readonly code: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

export interface Import {
  readonly specifier: string;
  /** The file that it names; undefined where it is a package. */
  readonly target: string | undefined;
  /** `export … from`. */
  readonly again: boolean;
}

const OUTSIDE = /^(node_modules|\.\w+|coverage|public|tests\/bench|tests\/drills\/generated-clients)$/;
const SOURCE = /\.tsx?$/;
const NOT_OURS = /^next-env\.d\.ts$/;

/** Every source file of the house: path → text. */
export function readHouse(root = '.', folder = ''): Map<string, string> {
  const house = new Map<string, string>();
  for (const entry of readdirSync(posix.join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    if (OUTSIDE.test(path)) continue;
    if (entry.isDirectory()) for (const [below, text] of readHouse(root, path)) house.set(below, text);
    else if (SOURCE.test(path) && !NOT_OURS.test(path)) house.set(path, readFileSync(posix.join(root, path), 'utf8'));
  }
  return house;
}

export function modulesOf(house: ReadonlyMap<string, string>): Module[] {
  return [...house].map(([path, text]) => {
    const { code, strings } = bare(text);
    return { path, text, code, imports: importsOf(path, code, strings) };
  });
}

const IMPORT = /(?<![.\w$])(import|export)\b(?:[^;"']*?\bfrom)?\s*\(?\s*"(\d+)"/g;

function importsOf(path: string, code: string, strings: readonly string[]): Import[] {
  return [...code.matchAll(IMPORT)].map(([, word, index]) => {
    const specifier = strings[Number(index)] ?? '';
    return { specifier, target: targetOf(path, specifier), again: word === 'export' };
  });
}

function targetOf(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return specifier.slice(1);
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined;
}

const COMMENT = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`;
const STRING = String.raw`"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'`;
const TEMPLATE = '`(?:[^`\\\\]|\\\\[\\s\\S])*`';
const PATTERN = String.raw`(?<=(?:[(,=:[!&|?{};>\n]|\breturn)\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/`;
const TOKENS = new RegExp([COMMENT, STRING, TEMPLATE, PATTERN].join('|'), 'g');

/** The code with its comments, templates and patterns cut out, and each string replaced by its number: `"3"`. */
function bare(text: string): { code: string; strings: string[] } {
  const strings: string[] = [];
  const code = text.replaceAll(TOKENS, (token) => {
    if (token.startsWith('//') || token.startsWith('/*')) return ' ';
    if (token.startsWith('`')) return '``';
    if (token.startsWith('/')) return '/./';
    return `"${strings.push(token.slice(1, -1)) - 1}"`;
  });
  return { code, strings };
}
