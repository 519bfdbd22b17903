import type { Entry } from './entry.ts';
import { isPurged, type TagTable } from './tags.ts';

/**
 * What a composition read: a composite has no life of its own, so it lives as long as the shortest-lived of these and
 * dies with any of their tags.
 */
export interface Reads {
  readonly entries: Entry[];
  /** False once anything read was not fresh, not cacheable, personal or replaced. */
  storable: boolean;
}

export function createReads(): Reads {
  return { entries: [], storable: true };
}

/** Takes note of one fresh entry. */
export function noteRead(reads: Reads, entry: Entry): void {
  reads.entries.push(entry);
}

/** How long what was made of these reads may serve. */
export interface Life {
  readonly freshUntil: number;
  readonly sequence: number;
  readonly tags: readonly string[];
}

/**
 * The life of what was made of these reads; undefined where it has none, because something can't be kept or was purged
 * meanwhile. What holds now holds until a later purge, so the life begins at the counter of now.
 */
export function lifeOf({ entries, storable }: Reads, table: TagTable): Life | undefined {
  if (!storable || entries.length === 0) return undefined;
  let freshUntil = Number.POSITIVE_INFINITY;
  const tags = new Set<string>();
  for (const entry of entries) {
    if (isPurged(table, entry.tags, entry.sequence)) return undefined;
    freshUntil = Math.min(freshUntil, entry.freshUntil);
    for (const tag of entry.tags) tags.add(tag);
  }
  return { freshUntil, sequence: table.sequence, tags: [...tags] };
}
