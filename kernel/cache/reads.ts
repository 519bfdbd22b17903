import type { Entry } from './entry.ts';
import { isPurged, type TagTable } from './tags.ts';

/**
 * What a composition read. A cached response has no life of its own: it lives as long as the shortest-lived of these
 * and dies with any of their tags.
 */
export interface Reads {
  readonly entries: Entry[];
  /** All tags of everything that was asked for, also of what failed or is not cached. */
  readonly tags: Set<string>;
  /** False once anything read was not fresh, not cacheable, personal or replaced. */
  storable: boolean;
  /** Set where any of it may be of a lagging replica: when it is worth asking for again, monotonic. */
  provisionalUntil: number | undefined;
}

export function createReads(): Reads {
  return { entries: [], tags: new Set(), storable: true, provisionalUntil: undefined };
}

/** Takes note of one fresh entry. */
export function noteRead(reads: Reads, entry: Entry): void {
  reads.entries.push(entry);
  noteTags(reads, entry.tags);
  if (entry.provisional) noteProvisional(reads, entry.freshUntil);
}

export function noteTags(reads: Reads, tags: readonly string[]): void {
  for (const tag of tags) reads.tags.add(tag);
}

export function noteProvisional(reads: Reads, until: number): void {
  reads.provisionalUntil = Math.max(reads.provisionalUntil ?? 0, until);
}

/** How long what was made of these reads may serve. */
export interface Life {
  readonly freshUntil: number;
  readonly sequence: number;
  readonly tags: readonly string[];
  /** Whether any of it may be of a lagging replica. */
  readonly provisional: boolean;
}

/**
 * The life of what was made of these reads; undefined if something can't be cached or was purged meanwhile. Nothing of it
 * was purged so far, so later purges are counted from now.
 */
export function lifeOf({ entries, storable, provisionalUntil }: Reads, table: TagTable): Life | undefined {
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
