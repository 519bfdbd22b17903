import { isHidden } from '#kernel/telemetry/mask.ts';
import { type JsonPath, type Leaf, leavesOf, pathText } from './leaves.ts';

/**
 * The fate of a leaf of an upstream's answer:
 * - `kept`: our answer has its value under the same name
 * - `renamed`: under another name
 * - `dropped`: our answer has it not, or only as something else
 */
export type Fate = 'kept' | 'renamed' | 'dropped';

export interface Traced extends Leaf {
  readonly fate: Fate;
  /** Where our answer has it. */
  readonly to: string | undefined;
}

/** An upstream's answer compared with ours. */
export interface Payload {
  readonly leaves: readonly Traced[];
  readonly kept: number;
  readonly renamed: number;
  readonly dropped: number;
}

/** Our answer's leaves, by value, in which upstreams' leaves are looked up. */
export interface ViewIndex {
  readonly byValue: ReadonlyMap<string, readonly Leaf[]>;
}

export function indexOf(view: unknown): ViewIndex {
  return { byValue: Map.groupBy(leavesOf(view), ({ value }) => keyOf(value)) };
}

/** Finds each leaf of an upstream's answer again in ours, by its value and by its name. Every leaf gets one fate. */
export function payloadOf(answer: unknown, { byValue }: ViewIndex): Payload {
  const count = { kept: 0, renamed: 0, dropped: 0 };
  const leaves = leavesOf(answer).map((leaf): Traced => {
    const found = findIn(byValue.get(keyOf(leaf.value)) ?? [], leaf);
    const fate = found === undefined ? 'dropped' : nameOf(found.path) === nameOf(leaf.path) ? 'kept' : 'renamed';
    count[fate]++;
    return { ...leaf, fate, to: found && pathText(found.path) };
  });
  return { leaves, ...count };
}

const keyOf = (value: unknown) => JSON.stringify(value) ?? '';

/**
 * The likeliest of several: of the same name, then of one name that contains the other, then any if the value is
 * distinctive.
 */
function findIn(candidates: readonly Leaf[], { path, value }: Leaf): Leaf | undefined {
  const name = nameOf(path);
  return (
    nearest(
      candidates.filter((candidate) => nameOf(candidate.path) === name),
      path,
    ) ??
    nearest(
      candidates.filter((candidate) => areAkin(nameOf(candidate.path), name)),
      path,
    ) ??
    (isTelling(value) ? nearest(candidates, path) : undefined)
  );
}

/** The name that a value goes by, as `long_description` and `longDescription` are one; an array's items go by its name. */
function nameOf(path: JsonPath): string {
  const name = path.findLast((step) => typeof step === 'string') ?? '';
  return String(name)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

const areAkin = (a: string, b: string) => a.length > 1 && b.length > 1 && (a.includes(b) || b.includes(a));

/** Whether two places with this value have it from each other, and not by chance as two with `true` or `4` may. */
function isTelling(value: unknown): boolean {
  if (isHidden(value)) return false;
  if (typeof value === 'string') return value.length >= 3;
  return typeof value === 'number' && (Math.abs(value) >= 100 || !Number.isInteger(value));
}

/** The candidate that shares most steps of the path: of a list's items the one at the same index. */
function nearest(candidates: readonly Leaf[], path: JsonPath): Leaf | undefined {
  let found: Leaf | undefined;
  let best = -1;
  for (const candidate of candidates) {
    const shared = candidate.path.filter((step) => path.includes(step)).length;
    if (shared > best) {
      found = candidate;
      best = shared;
    }
  }
  return found;
}
