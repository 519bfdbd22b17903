import type { Lane } from '#kernel/base/lane.ts';

/** The watched reads of one operation in one lane, without their owners and inputs. */
interface WatchedReads {
  readonly operation: string;
  readonly lane: Lane;
  reads: number;
  watchers: number;
}

/** Watched reads by operation and lane, the most watched first. */
export function watchedReads(
  watched: ReadonlyMap<string, number>,
  describe: (key: string) => Pick<WatchedReads, 'operation' | 'lane'>,
): WatchedReads[] {
  const groups = new Map<string, WatchedReads>();
  for (const [key, watchers] of watched) {
    const { operation, lane } = describe(key);
    const groupKey = `${operation} ${lane}`;
    const group = groups.get(groupKey) ?? { operation, lane, reads: 0, watchers: 0 };
    group.reads++;
    group.watchers += watchers;
    groups.set(groupKey, group);
  }
  return [...groups.values()].sort((a, b) => b.watchers - a.watchers);
}
