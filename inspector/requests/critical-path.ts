/** A stretch of time in milliseconds. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** One piece of the critical path: a stretch by its place in the list, or undefined where only we were at work. */
export interface PathStep extends Stretch {
  readonly of: number | undefined;
}

/** Stretches that follow each other begin a little after the end of what they waited for, or a little before. */
const SLACK = 0.05;

/**
 * What a request was waiting for, from its start to its end: going back from the end, whatever ended last before (Jaeger's
 * rule). The steps lie end to end, from `from` to `to`, in the order of time.
 */
export function criticalPath(stretches: readonly Stretch[], from: number, to: number): PathStep[] {
  const steps: PathStep[] = [];
  const left = new Set(stretches.keys());
  let at = to;
  while (at > from) {
    const last = lastBefore(stretches, left, at, to);
    const end = last === undefined ? from : Math.max(from, endOf(stretches[last] as Stretch, at, to));
    if (end < at) steps.push({ of: undefined, start: end, end: at });
    if (last === undefined) break;
    left.delete(last);
    const start = Math.max(from, (stretches[last] as Stretch).start);
    if (start < end) steps.push({ of: last, start, end });
    at = Math.min(end, start);
  }
  return steps.reverse();
}

/** What is still running at the end is cut off there. */
const endOf = ({ end }: Stretch, at: number, to: number) => Math.min(end, at, to);

function lastBefore(all: readonly Stretch[], left: ReadonlySet<number>, at: number, to: number): number | undefined {
  let found: number | undefined;
  for (const index of left) {
    const { start, end } = all[index] as Stretch;
    const ends = Math.min(end, to);
    if (ends > at + SLACK || start >= at || start >= ends) continue;
    const stretch = found === undefined ? undefined : (all[found] as Stretch);
    if (stretch === undefined || ends > Math.min(stretch.end, to)) found = index;
    else if (ends === Math.min(stretch.end, to) && start < stretch.start) found = index;
  }
  return found;
}

/** How long a stretch was under way while none of the others was. */
export function aloneOf({ start, end }: Stretch, others: readonly Stretch[]): number {
  let alone = 0;
  let covered = start;
  for (const other of [...others].sort((a, b) => a.start - b.start)) {
    if (other.end <= covered || other.start >= end) continue;
    alone += Math.max(0, other.start - covered);
    covered = Math.max(covered, other.end);
  }
  return alone + Math.max(0, end - covered);
}
