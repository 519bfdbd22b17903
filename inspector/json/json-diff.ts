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
  for (const [key, { path, value }] of old) {
    const other = now.get(key);
    if (other === undefined) found.push({ path: pathText(path), kind: 'removed', before: value, after: undefined });
    else if (JSON.stringify(other.value) !== JSON.stringify(value))
      found.push({ path: pathText(path), kind: 'changed', before: value, after: other.value });
  }
  for (const [key, { path, value }] of now) {
    if (!old.has(key)) found.push({ path: pathText(path), kind: 'added', before: undefined, after: value });
  }
  return found;
}

/** By the path itself: the text of `a.b` may be of one name or of two. */
const byPath = (json: unknown) => new Map(leavesOf(json).map((leaf) => [JSON.stringify(leaf.path), leaf]));
