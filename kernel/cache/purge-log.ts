import { processSingleton } from '#kernel/base/registry.ts';
import type { Scope } from '#kernel/base/scope.ts';
import { type Follower, Followers, LogCursor } from '#kernel/state/followers.ts';
import { QUIET_POLL_MS, type State, type Step } from '#kernel/state/state.ts';
import { logStep, PURGES, type PurgeEntry, type PurgeOrigin, readEntry } from './purge-entry.ts';
import { noteLogged, raiseFloor, settling } from './purge-positions.ts';
import { beginAtEnd, renameLog } from './purge-recall.ts';
import { purgeAll, purgeTags, type TagTable } from './tags.ts';

const AT_ONCE = 500;
/** Other processes' purges are applied within this many milliseconds. */
const POLL_INTERVAL_MS = 100;

/**
 * The log is read every second at least; after two seconds without a read, this process can't see purges. The CDN gets
 * each purge again after three seconds, which covers the answers that it was given meanwhile.
 */
const UNSEEING_AFTER_MS = 2 * QUIET_POLL_MS;

/**
 * Where other machines purge, what is here counts as new for so many milliseconds after the log was read: nothing older
 * than a purge is served five seconds after it.
 */
const TRUSTED_FOR_MS = 4_000;

/** Whether this process knows the log of purges, as it was a moment ago. */
export const seesPurges = ({ readAt }: TagTable, now: number): boolean => now - readAt < UNSEEING_AFTER_MS;

/**
 * Makes every value under these tags old in every process that follows the log, as one step of a larger commit. `writer`
 * is shown nothing older, whatever fails; `origin` is for the purge's receipt.
 */
export const purgeStep = (
  tags: readonly string[],
  writer?: Scope,
  origin: Omit<PurgeOrigin, 'at'> = { by: 'write' },
): Step => logStep({ tags, writer, origin: { ...origin, at: Date.now() } });

/** Makes every tagged value old in every process that follows the log. */
export const purgeAllStep = (): Step => logStep({ tags: undefined });

/** A purge that has taken place in this process. */
export interface AppliedPurge extends PurgeEntry {
  readonly id: number;
  /** The counter of its table of tags. */
  readonly sequence: number;
}

const followers = () => processSingleton('purge followers', () => new Followers());

/**
 * Applies at once the purges that this process has not read yet: a client must not hear of a change before it can read
 * it.
 */
export const catchUpWithPurges = (): Promise<void> => followers().catchUp();

/**
 * Applies the log's purges to this process's table. If it can't know what it missed (at its start, and behind the log's
 * beginning) everything counts as purged. It does not keep the process alive.
 */
export function followPurges(state: State, table: TagTable, note?: (purge: AppliedPurge) => void): Follower {
  return followers().follow(purgeReader(state, table, note), POLL_INTERVAL_MS, state.doorbell);
}

/** Returns a function that applies the new purges of the log and passes each to `note`; one call after the other. */
export function purgeReader(state: State, table: TagTable, note?: (purge: AppliedPurge) => void): () => Promise<void> {
  const log = new LogCursor(state, PURGES);
  let standing: 'before' | 'in it' | 'lost' = 'before';
  if (state.isRemote) table.trustedUntil = Number.NEGATIVE_INFINITY;

  const begin = async () => {
    if (standing === 'lost') await renameLog(state);
    log.moveTo(await beginAtEnd(state, table));
    standing = 'in it';
  };
  return async () => {
    const { positions } = table;
    const settle = positions && settling(positions);
    // Next opens the tier after it has begun to follow the log: then nothing is known of the log's name and past.
    const isTierNew = positions !== undefined && positions.position === undefined;
    if (standing !== 'in it' || isTierNew) await begin();
    for (;;) {
      const asked = performance.now();
      const entries = await log.next(AT_ONCE);
      if (entries === undefined) {
        standing = 'lost';
        forgetAll(table);
        await begin();
        continue;
      }
      if ((entries[0]?.id ?? 0) > log.position + 1) skip(table, (entries[0]?.id ?? 0) - 1);
      for (const { id, value } of entries) {
        const purge = readEntry(value);
        apply(table, purge, id);
        log.moveTo(id, value);
        note?.({ ...purge, id, sequence: table.sequence });
      }
      // Fewer than there might be are all. There may be new ones by now, and no end of them.
      if (entries.length < AT_ONCE) {
        table.readAt = asked;
        if (state.isRemote) table.trustedUntil = asked + TRUSTED_FOR_MS;
        break;
      }
    }
    if (positions === undefined) return;
    positions.position = log.position;
    settle?.();
  };
}

function apply(table: TagTable, { tags, writer, log }: PurgeEntry, id: number): void {
  const { positions } = table;
  const now = performance.now();
  if (tags === undefined) purgeAll(table, now);
  else purgeTags(table, tags, now, writer);
  if (positions === undefined) return;
  noteLogged(positions, tags, id);
  if (log !== undefined) positions.log = log;
}

/** The log has dropped unread entries up to a position: they may have purged anything. */
function skip(table: TagTable, upTo: number): void {
  purgeAll(table, performance.now());
  if (table.positions) raiseFloor(table.positions, upTo);
}

/** The log has lost entries: all values here count as old, and no position means anything any more. */
function forgetAll(table: TagTable): void {
  purgeAll(table, performance.now());
  const { positions } = table;
  if (positions === undefined) return;
  positions.position = undefined;
  positions.floor = 0;
  positions.logged.clear();
}
