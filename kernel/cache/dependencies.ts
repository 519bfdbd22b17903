import type { Entry } from './entry.ts';
import { isPurged, type TagTable } from './tags.ts';

/**
 * What an answer depends on. A cached response has no life of its own: it lives as long as the shortest-lived of these
 * entries, and dies with any of their tags.
 */
export interface Dependencies {
  readonly entries: Entry[];
  /** The tags of all calls, also of those that failed or are not cached. */
  readonly tags: Set<string>;
  /** False once anything read was not fresh, not cacheable, personal or replaced. */
  storable: boolean;
  /** Set if a value may come from a lagging replica: when to ask for it again, monotonic. */
  provisionalUntil: number | undefined;
}

export function createDependencies(): Dependencies {
  return { entries: [], tags: new Set(), storable: true, provisionalUntil: undefined };
}

export function addEntry(dependencies: Dependencies, entry: Entry): void {
  dependencies.entries.push(entry);
  addTags(dependencies, entry.tags);
  if (entry.provisional) addProvisional(dependencies, entry.freshUntil);
}

export function addTags(dependencies: Dependencies, tags: readonly string[]): void {
  for (const tag of tags) dependencies.tags.add(tag);
}

export function addProvisional(dependencies: Dependencies, until: number): void {
  dependencies.provisionalUntil = Math.max(dependencies.provisionalUntil ?? 0, until);
}

/** How long an answer with these dependencies may be served. */
export interface Life {
  readonly freshUntil: number;
  readonly sequence: number;
  readonly tags: readonly string[];
  /** Whether a value may come from a lagging replica. */
  readonly provisional: boolean;
}

/**
 * The life of an answer with these dependencies; undefined if a value can't be cached or was purged meanwhile. None was
 * purged so far, so only purges from now on count.
 */
export function lifeOf({ entries, storable, provisionalUntil }: Dependencies, table: TagTable): Life | undefined {
  if (!storable || entries.length === 0) return undefined;
  let freshUntil = Number.POSITIVE_INFINITY;
  const tags = new Set<string>();
  for (const entry of entries) {
    if (isPurged(table, entry.tags, entry.sequence)) return undefined;
    freshUntil = Math.min(freshUntil, entry.freshUntil);
    for (const tag of entry.tags) tags.add(tag);
  }
  return { freshUntil, sequence: table.sequence, tags: [...tags], provisional: provisionalUntil !== undefined };
}
