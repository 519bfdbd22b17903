import { refused } from '../refused.ts';

/** Reads a file of the project; undefined where there is none. */
export type Read = (path: string) => string | undefined;

/** A file as it will be. */
export interface Draft {
  readonly path: string;
  /** What it was; undefined where it is new. */
  readonly before: string | undefined;
  readonly text: string;
}

/** Where lines go into a file that is there: after the only, the last, or before the only line that a pattern fits. */
interface Insertion {
  readonly at: 'after' | 'after-last' | 'before';
  readonly line: RegExp;
  readonly add: string;
}

/** A new file; refused where there is one already. */
export function newFile(read: Read, path: string, text: string): Draft {
  if (read(path) !== undefined) throw refused(`${path} is there already, and nothing is ever written over.`);
  return { path, before: undefined, text };
}

/** A file with more lines in it. */
export function edited(read: Read, path: string, insertions: readonly Insertion[]): Draft {
  const before = read(path);
  if (before === undefined) throw refused(`${path} is not there, and the generator adds to it.`);
  const lines = before.split('\n');
  for (const insertion of insertions)
    lines.splice(lineIndexOf(lines, insertion, path), 0, ...insertion.add.split('\n'));
  return { path, before, text: lines.join('\n') };
}

function lineIndexOf(lines: readonly string[], { at, line, add }: Insertion, path: string): number {
  const found = lines.flatMap((text, index) => (line.test(text) ? [index] : []));
  const index = found.at(-1);
  if (index === undefined || (at !== 'after-last' && found.length > 1)) {
    const what = index === undefined ? 'no line' : `${found.length} lines instead of one`;
    throw refused(
      `${path} has ${what} like ${line}, by which the generator finds its place. It would have added there:\n${add}`,
    );
  }
  return at === 'before' ? index : index + 1;
}

/** Refuses a name that a file has already. */
export function unlessNamed(read: Read, path: string, name: string): void {
  if (new RegExp(`(?<![\\w$])${name}(?![\\w$])`).test(read(path) ?? ''))
    throw refused(`${path} has a ${name} already: choose another name.`);
}
