import { processSingleton } from '#kernel/base/registry.ts';
import type { Scope } from '#kernel/base/scope.ts';
import { type Follower, Followers } from '#kernel/state/followers.ts';
import type { State, Step } from '#kernel/state/state.ts';
import { PURGES, type PurgeEntry, type PurgeOrigin, readEntry, writeEntry } from './purge-entry.ts';
import { noteLogged, raiseFloor, settling } from './purge-positions.ts';
import { beginAtEnd } from './purge-recall.ts';
import { purgeAll, purgeTags, type TagTable } from './tags.ts';

const MAX_ENTRIES = 10_000;
const AT_ONCE = 500;
/** Other processes' purges are applied within this many milliseconds. */
const POLL_INTERVAL_MS = 100;

/**
 * Makes every value under these tags old in every process that follows the log, as one step of a larger commit. `writer`
 * is shown nothing older, whatever fails; `origin` is for the purge's receipt.
 */
export const purgeStep = (
  tags: readonly string[],
  writer?: Scope,
  origin: Omit<PurgeOrigin, 'at'> = { by: 'write' },
): Step => ({
  do: 'append',
  stream: PURGES,
  value: writeEntry({ tags, writer, origin: { ...origin, at: Date.now() } }),
  maxEntries: MAX_ENTRIES,
});

/** Makes every tagged value old in every process that follows the log. */
export const purgeAllStep = (): Step => ({
  do: 'append',
  stream: PURGES,
  value: writeEntry({ tags: undefined }),
  maxEntries: MAX_ENTRIES,
});

/** A purge that has taken place in this process. */
export interface AppliedPurge extends PurgeEntry {
  readonly id: number;
  /** The counter of its table of tags. */
  readonly sequence: number;
}

const followers = () => processSingleton('purge followers', () => new Followers());

/**
 * Applies at once what the followers in this process have not read yet: a client must not hear of a change before it
 * can read it.
 */
export const catchUpWithPurges = (): Promise<void> => followers().catchUp();

/**
 * Applies the log's purges to this process's table. If it can't know what it missed (at its start, and behind the log's
 * beginning) everything counts as purged. It does not keep the process alive.
 */
export function followPurges(state: State, table: TagTable, note?: (purge: AppliedPurge) => void): Follower {
  return followers().follow(purgeReader(state, table, note), POLL_INTERVAL_MS, state.doorbell);
}

/** What applies the purges that are new in the log, and tells `note` of each; one call after the other. */
export function purgeReader(state: State, table: TagTable, note?: (purge: AppliedPurge) => void): () => Promise<void> {
  let position: number | undefined;

  return async () => {
    const { positions } = table;
    const settle = positions && settling(positions);
    position ??= await beginAtEnd(state, table);
    for (;;) {
      const entries = await state.read(PURGES, position, AT_ONCE);
      const [first] = entries;
      if (first === undefined) break;
      if (first.id > position + 1) {
        purgeAll(table, performance.now());
        if (positions) raiseFloor(positions, first.id - 1);
      }
      for (const { id, value } of entries) {
        const purge = readEntry(value);
        const now = performance.now();
        if (purge.tags === undefined) purgeAll(table, now);
        else purgeTags(table, purge.tags, now, purge.writer);
        if (positions) noteLogged(positions, purge.tags, id);
        position = id;
        note?.({ ...purge, id, sequence: table.sequence });
      }
    }
    if (positions === undefined) return;
    positions.position = position;
    settle?.();
  };
}
