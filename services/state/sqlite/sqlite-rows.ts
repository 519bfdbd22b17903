import { type Step, type StoredValue, stateError, type WriteOptions } from '#kernel/state/state.ts';
import { type Room, roomOf, tableOf } from '#services/state/tables.ts';
import { type Connection, numberOf, prepare } from './sqlite-connection.ts';

const MAX_SWEPT = 5_000;
/** Pages reserved for what comes next, and how many are given back at once: some milliseconds. */
const FREE_PAGES = 256;
const PAGES_AT_ONCE = 2_000;
/** A full table is emptied by this share: choosing rows costs more than deleting them. */
const BATCH_SHARE = 1 / 64;

/** The value of a key that has not expired. */
export function find(connection: Connection, key: string, now: number): StoredValue | undefined {
  const row = prepare(connection, 'SELECT value, version FROM keys WHERE key = ? AND expires > ?').get(key, now);
  return row as unknown as StoredValue | undefined;
}

/** Versions come from one counter, so that a key which was gone in between never has an old one again. */
export function put(connection: Connection, key: string, value: string, options: WriteOptions, now: number): number {
  const { ttl, owner = '' } = options;
  const { last } = prepare(connection, 'UPDATE versions SET last = last + 1 RETURNING last').get() as { last: number };
  const table = tableOf(key);
  prepare(
    connection,
    `INSERT INTO keys (key, value, version, expires) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (key) DO UPDATE SET value = ?2, version = ?3, expires = ?4`,
  ).run(key, value, last, Math.ceil(now + ttl));
  prepare(
    connection,
    `INSERT INTO owners VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (key) DO UPDATE SET version = ?4, owner = CASE ?3 WHEN '' THEN owner ELSE ?3 END`,
  ).run(key, table, owner, last);
  enforceQuota(connection, table, owner, key, now);
  return last;
}

/**
 * Drops an owner's key that was not written for the longest time, if it has one too many; then the rows beyond the cap.
 */
function enforceQuota(connection: Connection, table: string, owner: string, key: string, now: number): void {
  const room = roomOf(table);
  if (owner !== '') {
    prepare(
      connection,
      `DELETE FROM keys WHERE key IN
         (SELECT key FROM owners WHERE kind = ? AND owner = ? ORDER BY version DESC LIMIT -1 OFFSET ?)`,
    ).run(table, owner, room.perOwner);
  }
  const unlooked = connection.unlooked.get(table) ?? 0;
  if (unlooked > 0) connection.unlooked.set(table, unlooked - 1);
  else makeRoom(connection, table, room, key, now);
}

function makeRoom(connection: Connection, table: string, { max, full }: Room, key: string, now: number): void {
  const batch = Math.max(1, Math.floor(max * BATCH_SHARE));
  const count = () =>
    (prepare(connection, 'SELECT count(*) AS count FROM owners WHERE kind = ?').get(table) as { count: number }).count;
  let there = count();
  if (there > max) {
    prepare(connection, 'DELETE FROM keys WHERE expires <= ? AND key IN (SELECT key FROM owners WHERE kind = ?)').run(
      now,
      table,
    );
    there = count();
  }
  if (there > max) {
    if (full === 'refuse') throw stateError(`the table ${table} is full`);
    // From the owner with the most rows, so that one owner's flood does not push out another's rows.
    const { changes } = prepare(
      connection,
      `DELETE FROM keys WHERE key IN
         (SELECT key FROM owners
          JOIN (SELECT owner, count(*) AS held FROM owners WHERE kind = ?1 GROUP BY owner) USING (owner)
          WHERE kind = ?1 AND key <> ?2 ORDER BY held DESC, version LIMIT ?3)`,
    ).run(table, key, there - max + batch - 1);
    there -= Number(changes);
  }
  // Other processes fill it too: none goes on for long without a look.
  connection.unlooked.set(table, Math.min(batch, max - there));
}

export function drop(connection: Connection, key: string): void {
  prepare(connection, 'DELETE FROM keys WHERE key = ?').run(key);
}

/** Adds an entry to a stream's end; its id. */
export function add(connection: Connection, stream: string, value: string, maxEntries: number): number {
  const next = prepare(
    connection,
    'INSERT INTO streams VALUES (?, 1) ON CONFLICT (stream) DO UPDATE SET last = last + 1 RETURNING last',
  );
  const { last: id } = next.get(stream) as { last: number };
  prepare(connection, 'INSERT INTO entries VALUES (?, ?, ?)').run(stream, id, value);
  prepare(connection, 'DELETE FROM entries WHERE stream = ? AND id <= ?').run(stream, id - maxEntries);
  return id;
}

/** Whether a step's condition is met, before any of the steps is done. */
export function isMet(connection: Connection, step: Step, now: number): boolean {
  if (step.do === 'claim') return find(connection, step.key, now) === undefined;
  if (step.do === 'swap') return find(connection, step.key, now)?.version === step.version;
  return true;
}

/** Does one step of a commit, and notes the version of the key that it writes. */
export function takeStep(connection: Connection, step: Step, now: number, versions: Map<string, number>): void {
  if (step.do === 'claim' || step.do === 'swap')
    versions.set(step.key, put(connection, step.key, step.value, step, now));
  else if (step.do === 'remove') drop(connection, step.key);
  else if (step.do === 'append') add(connection, step.stream, step.value, step.maxEntries);
  else if (step.do === 'enqueue')
    prepare(
      connection,
      'INSERT INTO queues VALUES (?1, ?2, ?3) ON CONFLICT (queue, member) DO UPDATE SET due = ?3',
    ).run(step.queue, step.member, Math.ceil(step.due));
  else prepare(connection, 'DELETE FROM queues WHERE queue = ? AND member = ?').run(step.queue, step.member);
}

/** Drops some of what has expired, and gives its room back to the disk. */
export function sweep(connection: Connection, now: number): void {
  prepare(
    connection,
    'DELETE FROM keys WHERE key IN (SELECT key FROM keys WHERE expires <= ? ORDER BY expires LIMIT ?)',
  ).run(now, MAX_SWEPT);
  if (numberOf(connection.database, 'freelist_count') > FREE_PAGES)
    connection.database.exec(`PRAGMA incremental_vacuum(${PAGES_AT_ONCE})`);
}
