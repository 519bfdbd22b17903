import { lengthPrefixed, readLengthPrefixed } from '#kernel/base/json/json-value.ts';
import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import type { PurgePositions } from './purge-positions.ts';

const CAPACITY = 100_000;
const MAX_WRITERS = 1_000;

/** The last purge of each tag. Plain data; one table serves every lane, since a purge is meant for all. */
export interface TagTable {
  /** The global purge counter. */
  sequence: number;
  /** The highest sequence that was forgotten. Older values count as purged, since it is unknown whether they were. */
  floor: number;
  /** When the last purge took place that `purges` does not have: of everything, or a forgotten one. Monotonic. */
  floorAt: number;
  /** When the log of purges was last read to its end, monotonic. */
  readAt: number;
  /** Until when what is here may be served as new, monotonic; for ever where no other machine purges. */
  trustedUntil: number;
  readonly purges: Map<string, Purge>;
  /** Called after every purge is recorded: live reads refresh. */
  readonly watchers: Set<PurgeWatcher>;
  /** The log positions of purges; only used if processes share a tier. */
  positions?: PurgePositions;
}

export interface PurgeWatcher {
  /** Undefined if it is unknown what was purged: it may be anything. */
  purged(tags: readonly string[] | undefined): void;
}

interface Purge {
  readonly sequence: number;
  /** When, on the monotonic clock. */
  readonly at: number;
  /** The principals that purged it by a write, and when: they are shown nothing older, whatever fails. */
  readonly writers: Map<Scope, number> | undefined;
}

export function createTagTable(): TagTable {
  const never = Number.NEGATIVE_INFINITY;
  return {
    sequence: 0,
    floor: 0,
    floorAt: never,
    readAt: never,
    trustedUntil: Number.POSITIVE_INFINITY,
    purges: new Map(),
    watchers: new Set(),
  };
}

/** Makes every value under these tags old, everywhere, by one write a tag. Returns the new sequence. */
export function purgeTags(
  table: TagTable,
  tags: readonly string[],
  now: number,
  writer?: Scope,
  capacity = CAPACITY,
): number {
  const sequence = ++table.sequence;
  for (const tag of tags) {
    const writers = writersWith(table.purges.get(tag)?.writers, writer, sequence);
    table.purges.delete(tag);
    table.purges.set(tag, { sequence, at: now, writers });
  }
  for (const [tag, { sequence: forgotten, at }] of table.purges) {
    if (table.purges.size <= capacity) break;
    table.purges.delete(tag);
    table.floor = Math.max(table.floor, forgotten);
    table.floorAt = Math.max(table.floorAt, at);
  }
  for (const watcher of table.watchers) watcher.purged(tags);
  return sequence;
}

/**
 * Makes every tagged value old, if it is unknown which are. `at` is when the last of them may have changed, monotonic.
 */
export function purgeAll(table: TagTable, at: number): void {
  table.floor = ++table.sequence;
  table.floorAt = Math.max(table.floorAt, at);
  table.purges.clear();
  for (const watcher of table.watchers) watcher.purged(undefined);
}

/** Notes when tags (or everything) were purged before this process followed the log. Makes nothing old. */
export function recallPurge(table: TagTable, tags: readonly string[] | undefined, at: number): void {
  if (tags === undefined) table.floorAt = Math.max(table.floorAt, at);
  for (const tag of tags ?? []) {
    const known = table.purges.get(tag);
    if (known === undefined || known.at < at)
      table.purges.set(tag, { sequence: known?.sequence ?? table.floor, at, writers: known?.writers });
  }
}

/** The tag of everything from one upstream: every cached value carries it besides the tags of its policy. */
export const upstreamTag = (upstream: string): string => `upstream:${upstream}`;

/** A tag as one principal's own: every private value carries it beside the tag that all principals share. */
export function privateTag(scope: Scope, tag: string): string {
  return lengthPrefixed([scope, tag]);
}

/** Whether a tag belongs to one principal, and so must not be shown to others. */
export function isPrivateTag(tag: string): boolean {
  return readLengthPrefixed(tag)?.length === 2;
}

/** Whether a value whose fetch began at `sequence` has been purged through one of its tags since. */
export function isPurged(table: TagTable, tags: readonly string[], sequence: number): boolean {
  if (sequence === table.sequence) return false;
  for (const tag of tags) {
    if ((table.purges.get(tag)?.sequence ?? table.floor) > sequence) return true;
  }
  return false;
}

function writersWith(writers: Purge['writers'], writer: Scope | undefined, sequence: number): Purge['writers'] {
  if (writer === undefined) return writers;
  const all = writers ?? new Map<Scope, number>();
  all.delete(writer);
  all.set(writer, sequence);
  if (all.size > MAX_WRITERS) all.delete(all.keys().next().value as Scope);
  return all;
}

/** Milliseconds within which a writer is likely to read the change back. */
const READ_BACK = 5 * 60_000;

/**
 * Whether a write by `reader` has made a value old whose fetch began at `sequence`. Public values are read without a
 * principal: any recent write may be the reader's.
 */
export function isOutdatedBy(
  reader: Scope,
  table: TagTable,
  tags: readonly string[],
  sequence: number,
  now: number,
): boolean {
  return tags.some((tag) => {
    const { writers, at, sequence: purged } = table.purges.get(tag) ?? {};
    if (writers === undefined || at === undefined || purged === undefined) return false;
    if (reader !== PUBLIC) return (writers.get(reader) ?? 0) > sequence;
    return now - at < READ_BACK && purged > sequence;
  });
}

/** Milliseconds since the last purge of any of the tags, or of everything; `Infinity` if none is remembered. */
export function sincePurge(table: TagTable, tags: readonly string[], now: number): number {
  let last = tags.length === 0 ? Number.NEGATIVE_INFINITY : table.floorAt;
  for (const tag of tags) last = Math.max(last, table.purges.get(tag)?.at ?? Number.NEGATIVE_INFINITY);
  return now - last;
}
