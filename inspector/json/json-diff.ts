import { leavesOf, pathText } from './leaves.ts';

/** One place at which two JSON values differ. */
export interface Difference {
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before: unknown;
  readonly after: unknown;
}

/** Where two JSON values differ, leaf by leaf; items of lists are paired by their index. */
export function jsonDiff(before: unknown, after: unknown): Difference[] {
  const old = byPath(before);
  const now = byPath(after);
  const found: Difference[] = [];
  for (const [path, value] of old) {
    if (!now.has(path)) found.push({ path, kind: 'removed', before: value, after: undefined });
    else if (JSON.stringify(now.get(path)) !== JSON.stringify(value))
      found.push({ path, kind: 'changed', before: value, after: now.get(path) });
  }
  for (const [path, value] of now) {
    if (!old.has(path)) found.push({ path, kind: 'added', before: undefined, after: value });
  }
  return found;
}

const byPath = (json: unknown) => new Map(leavesOf(json).map(({ path, value }) => [pathText(path), value]));
