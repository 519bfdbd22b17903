import { randomUUID } from 'node:crypto';
import type { State, StreamEntry } from '#kernel/state/state.ts';
import { REPLICA_LAG } from './entry.ts';
import { PURGES, readEntry } from './purge-entry.ts';
import { noteLogged, type PurgePositions, raiseFloor } from './purge-positions.ts';
import { purgeAll, recallPurge, type TagTable } from './tags.ts';

/** A stream whose first entry is the name of the log. */
const LOG_NAME = 'purge-log';
const MAX_NAMES = 10_000;
const AT_ONCE = 500;
/** Milliseconds that the clocks of two instances may be apart. */
const CLOCKS_APART = 1_000;

/**
 * Begins to follow the log at its end, and returns that position. What this process has is old, for it is unknown what it
 * missed. What was purged a moment ago is remembered: replicas may lag behind it for those who begin now as well.
 */
export async function beginAtEnd(state: State, table: TagTable): Promise<number> {
  const { positions } = table;
  const { first, last } = (await state.bounds(PURGES)) ?? { first: 1, last: 0 };
  // Only where a tier is shared it matters what was purged long ago.
  const from = positions ? first - 1 : Math.max(first - 1, last - AT_ONCE);
  if (positions) {
    positions.log = await logId(state);
    raiseFloor(positions, first - 1);
  }
  const { newest, isAll } = await readThrough(state, from, last, positions);
  purgeAll(table, Number.NEGATIVE_INFINITY);
  recallRecent(table, newest, isAll && from === first - 1);
  return last;
}

/** The last entries up to a position, and whether they are all that there are from the first one on. */
async function readThrough(
  state: State,
  from: number,
  last: number,
  positions: PurgePositions | undefined,
): Promise<{ readonly newest: readonly StreamEntry[]; readonly isAll: boolean }> {
  let newest: StreamEntry[] = [];
  let isAll = true;
  for (let position = from; position < last; ) {
    const entries = (await state.read(PURGES, position, AT_ONCE)).filter(({ id }) => id <= last);
    const [first, end] = [entries[0], entries.at(-1)];
    if (first === undefined || end === undefined) break;
    if (positions) {
      if (first.id > position + 1) raiseFloor(positions, first.id - 1);
      for (const { id, value } of entries) noteLogged(positions, readEntry(value).tags, id);
    }
    isAll &&= newest.length + entries.length <= AT_ONCE;
    newest = [...newest, ...entries].slice(-AT_ONCE);
    position = end.id;
  }
  return { newest, isAll };
}

/** Takes down what was purged within the lag of replicas, by the clocks of those who did it. */
function recallRecent(table: TagTable, newest: readonly StreamEntry[], isAll: boolean): void {
  const [now, wall] = [performance.now(), Date.now()];
  // What does not say when it was is at least as old as what came after it.
  let age = 0;
  for (const { value } of newest.toReversed()) {
    const { tags, origin } = readEntry(value);
    if (origin) age = Math.max(0, wall - origin.at - CLOCKS_APART);
    if (age < REPLICA_LAG) recallPurge(table, tags, now - age);
  }
  // There may be more of them than were read.
  if (!isAll && age < REPLICA_LAG) recallPurge(table, undefined, now);
}

/** Names the log, for good: who is first names it for all. */
async function logId(state: State): Promise<string> {
  for (;;) {
    const [first] = await state.read(LOG_NAME, 0, 1);
    if (first !== undefined) return first.value;
    await state.append(LOG_NAME, randomUUID(), { maxEntries: MAX_NAMES });
  }
}
