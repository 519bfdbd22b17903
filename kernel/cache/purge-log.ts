import { randomUUID } from 'node:crypto';
import { processSingleton } from '#kernel/base/registry.ts';
import type { Scope } from '#kernel/base/scope.ts';
import { type Follower, Followers } from '#kernel/state/followers.ts';
import type { State, Step } from '#kernel/state/state.ts';
import { noteLogged, type PurgePositions, raiseFloor, settling } from './purge-positions.ts';
import { purgeAll, purgeTags, type TagTable } from './tags.ts';

const STREAM = 'purges';
/** A stream whose first entry is the name of the log. */
const LOG_NAME = 'purge-log';
/** An entry that names no tags. */
const EVERYTHING = 'null';
const MAX_ENTRIES = 10_000;
const AT_ONCE = 500;
/** Other processes' purges are applied within this many milliseconds. */
const POLL_INTERVAL_MS = 100;

/** Before the writer among the tags of an entry: processes of an older build take it for a tag that nothing has. */
const WRITER = 'writer ';

/**
 * Makes every value under these tags old in every process that follows the log, as one step of a larger commit. `writer`
 * is shown nothing older, whatever fails.
 */
export const purgeStep = (tags: readonly string[], writer?: Scope): Step => ({
  do: 'append',
  stream: STREAM,
  value: JSON.stringify(writer === undefined ? tags : [...tags, WRITER + writer]),
  maxEntries: MAX_ENTRIES,
});

/** Makes every tagged value old in every process that follows the log. */
export const purgeAllStep = (): Step => ({ do: 'append', stream: STREAM, value: EVERYTHING, maxEntries: MAX_ENTRIES });

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
export function followPurges(state: State, table: TagTable): Follower {
  return followers().follow(purgeReader(state, table), POLL_INTERVAL_MS, state.doorbell);
}

/** What applies the purges that are new in the log; one call after the other. */
export function purgeReader(state: State, table: TagTable): () => Promise<void> {
  let position: number | undefined;

  return async () => {
    const { positions } = table;
    const settle = positions && settling(positions);
    if (position === undefined) {
      position = (await state.bounds(STREAM))?.last ?? 0;
      purgeAll(table);
    }
    for (;;) {
      const entries = await state.read(STREAM, position, AT_ONCE);
      const [first] = entries;
      if (first === undefined) break;
      if (first.id > position + 1) {
        purgeAll(table);
        if (positions) raiseFloor(positions, first.id - 1);
      }
      for (const { id, value } of entries) {
        const purge = readEntry(value);
        if (purge === undefined) purgeAll(table);
        else purgeTags(table, purge.tags, performance.now(), purge.writer);
        if (positions) noteLogged(positions, purge?.tags, id);
        position = id;
      }
    }
    if (positions === undefined) return;
    if (positions.position === undefined) await recall(state, positions, position);
    positions.position = position;
    settle?.();
  };
}

/**
 * Learns from what the log still has where each tag was purged last, up to a position: what other processes have shared
 * before this one began can be judged then.
 */
async function recall(state: State, positions: PurgePositions, upTo: number): Promise<void> {
  positions.log = await logId(state);
  let position = ((await state.bounds(STREAM))?.first ?? upTo + 1) - 1;
  raiseFloor(positions, Math.min(position, upTo));
  while (position < upTo) {
    const entries = await state.read(STREAM, position, AT_ONCE);
    const [first] = entries;
    if (first === undefined) return;
    if (first.id > position + 1) raiseFloor(positions, Math.min(first.id - 1, upTo));
    for (const { id, value } of entries) {
      if (id <= upTo) noteLogged(positions, readEntry(value)?.tags, id);
      position = id;
    }
  }
}

/** Names the log, for good: who is first names it for all. */
async function logId(state: State): Promise<string> {
  for (;;) {
    const [first] = await state.read(LOG_NAME, 0, 1);
    if (first !== undefined) return first.value;
    await state.append(LOG_NAME, randomUUID(), { maxEntries: MAX_ENTRIES });
  }
}

/** An entry of the log; undefined for one of everything. */
function readEntry(value: string): { tags: readonly string[]; writer: Scope | undefined } | undefined {
  if (value === EVERYTHING) return undefined;
  const names = JSON.parse(value) as string[];
  const last = names.at(-1);
  if (!last?.startsWith(WRITER)) return { tags: names, writer: undefined };
  return { tags: names.slice(0, -1), writer: last.slice(WRITER.length) as Scope };
}
