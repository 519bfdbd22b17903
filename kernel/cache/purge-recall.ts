import { randomUUID } from 'node:crypto';
import type { State, Step, StreamEntry } from '#kernel/state/state.ts';
import { REPLICA_LAG } from './entry.ts';
import { logStep, PURGES, readEntry } from './purge-entry.ts';
import { noteLogged, type PurgePositions, raiseFloor } from './purge-positions.ts';
import { purgeAll, recallPurge, type TagTable } from './tags.ts';

/** A stream with the names of the log: the first, and one more each time that the log has lost entries. */
const LOG_NAME = 'purge-log';
const MAX_NAMES = 10_000;
/** Begins every later name. Several processes may write a first name at the same time. */
const LATER = 'later ';
const AT_ONCE = 500;
/** Milliseconds that the clocks of two instances may be apart. */
const CLOCKS_APART = 1_000;

/**
 * Begins to follow the log at its end, and returns that position. All that this process has counts as old, since it may
 * have missed purges. The latest purges are remembered, for upstreams' replicas may still lag behind them.
 */
export async function beginAtEnd(state: State, table: TagTable): Promise<number> {
  const { positions } = table;
  const { first, last } = (await state.bounds(PURGES)) ?? { first: 1, last: 0 };
  // Older purges matter only for values of a shared tier.
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

/** Notes what was purged within the lag of replicas, by the clocks of the instances that purged it. */
function recallRecent(table: TagTable, newest: readonly StreamEntry[], isAll: boolean): void {
  const [now, wall] = [performance.now(), Date.now()];
  // An entry without a time is at least as old as the one after it.
  let age = 0;
  for (const { value } of newest.toReversed()) {
    const { tags, origin } = readEntry(value);
    if (origin) age = Math.max(0, wall - origin.at - CLOCKS_APART);
    if (age < REPLICA_LAG) recallPurge(table, tags, now - age);
  }
  // There may be more of them than were read.
  if (!isAll && age < REPLICA_LAG) recallPurge(table, undefined, now);
}

/**
 * For a log that has lost entries which were read here. Other processes may have missed these purges, and old positions
 * mean nothing any more: everything is purged, in all processes, and the log gets another name.
 */
export async function renameLog(state: State): Promise<void> {
  await state.commit([logStep({ tags: undefined }), ...newName()]);
}

/** Gives the log another name. Keys in the shared tier hold its name, so no instance finds the values of before. */
export async function abandonTier(state: State): Promise<void> {
  await state.commit(newName());
}

function newName(): Step[] {
  const log = LATER + randomUUID();
  return [{ do: 'append', stream: LOG_NAME, value: log, maxEntries: MAX_NAMES }, logStep({ tags: [], log })];
}

/** The name of the log: the first process to start gives it for all. */
async function logId(state: State): Promise<string> {
  for (;;) {
    const names = (await state.read(LOG_NAME, 0, MAX_NAMES)).map(({ value }) => value);
    const name = names.findLast((value) => value.startsWith(LATER)) ?? names[0];
    if (name !== undefined) return name;
    await state.append(LOG_NAME, randomUUID(), { maxEntries: MAX_NAMES });
  }
}
