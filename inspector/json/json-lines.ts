import { leavesOf, pathText } from './leaves.ts';

/** How a line of JSON is drawn. */
type LineFate = 'kept' | 'renamed' | 'dropped' | 'broken' | 'made';

/** One line of JSON as people read it. */
export interface Line {
  readonly indent: number;
  readonly text: string;
  readonly fate: LineFate | undefined;
  readonly note: string | undefined;
}

/** The fate of a leaf, by its path. */
export interface Mark {
  readonly fate: LineFate;
  readonly note?: string | undefined;
}

/**
 * JSON line by line, with the fate of each leaf. Of a list the first `items` are shown, and how many more there are.
 */
export function linesOf(json: unknown, marks: ReadonlyMap<string, Mark>, items: number): Line[] {
  const lines: Line[] = [];
  const walk = (value: unknown, path: readonly (string | number)[], prefix: string, comma: string): void => {
    const indent = path.length;
    const isList = Array.isArray(value);
    if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
      const { fate, note } = marks.get(pathText(path)) ?? {};
      lines.push({ indent, text: prefix + shown(value) + comma, fate, note });
      return;
    }
    const fate = fateOf(value, path, marks);
    lines.push({ indent, text: `${prefix}${isList ? '[' : '{'}`, fate, note: undefined });
    const members: [string | number, unknown][] = isList ? [...value.entries()] : Object.entries(value);
    const few = isList ? members.slice(0, items) : members;
    for (const [index, [step, member]] of few.entries()) {
      const name = isList ? '' : `${JSON.stringify(step)}: `;
      walk(member, [...path, step], name, index === members.length - 1 ? '' : ',');
    }
    const more = members.length - few.length;
    if (more > 0) lines.push({ indent: indent + 1, text: `… ${more} more`, fate, note: undefined });
    lines.push({ indent, text: `${isList ? ']' : '}'}${comma}`, fate, note: undefined });
  };
  walk(json, [], '', '');
  return lines;
}

/** A container has the fate of its leaves where all have the same, and it is one of which nothing is left. */
function fateOf(value: unknown, path: readonly (string | number)[], marks: ReadonlyMap<string, Mark>) {
  const isGone = leavesOf(value, path).every((leaf) => marks.get(pathText(leaf.path))?.fate === 'dropped');
  return isGone ? 'dropped' : undefined;
}

const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));

/** A text that is no JSON, line by line. */
export const plainLines = (text: string): Line[] =>
  text.split('\n').map((line) => ({ indent: 0, text: line, fate: undefined, note: undefined }));
