import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { restrictFile } from './private-files.ts';
import {
  type Queued,
  type State,
  type Step,
  type StoredValue,
  type StreamEntry,
  stateError,
  type WriteOptions,
} from './state.ts';
import { type Room, roomOf, tableOf } from './tables.ts';

/** Milliseconds that a call waits for another process's write: in steps, for each of them stops everything else here. */
const BUSY_TIMEOUT_MS = 2_000;
const STEP = 50;
const BETWEEN_STEPS = 25;
const SQLITE_BUSY = 5;
/** Every so many writes, and milliseconds, what has expired is swept out. */
const SWEEP_EVERY = 1_000;
const SWEEP_AFTER = 60_000;
const MAX_SWEPT = 5_000;
/** Pages reserved for what comes next, and how many are given back at once: some milliseconds. */
const FREE_PAGES = 256;
const PAGES_AT_ONCE = 2_000;
const MAX_JOURNAL_BYTES = 4 * 1024 * 1024;
const INCREMENTAL = 2;
/** A full table is emptied by this share: choosing rows costs more than deleting them. */
const BATCH_SHARE = 1 / 64;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, value TEXT NOT NULL, version INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS keys_by_expiry ON keys (expires);
  CREATE TABLE IF NOT EXISTS versions (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO versions VALUES (1, 0);
  CREATE TABLE IF NOT EXISTS entries (stream TEXT NOT NULL, id INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (stream, id)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS streams (stream TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS queues (queue TEXT NOT NULL, member TEXT NOT NULL, due INTEGER NOT NULL, PRIMARY KEY (queue, member)) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS queues_by_due ON queues (queue, due);
`;

/**
 * The owner of each key, for caps and quotas. It is a table beside `keys`, because processes of an older build write to
 * `keys` as they know it; what they delete is dropped here too.
 */
const OWNERS = `
  CREATE TABLE owners (key TEXT PRIMARY KEY, kind TEXT NOT NULL, owner TEXT NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX owners_by_kind ON owners (kind, owner, version);
  CREATE TRIGGER owner_goes_with_key AFTER DELETE ON keys BEGIN DELETE FROM owners WHERE key = OLD.key; END;
`;

type Row = Record<string, string | number>;

/** A connection, with the statements that were prepared on it. */
interface Connection {
  readonly database: DatabaseSync;
  readonly statements: Map<string, StatementSync>;
  /** How many more keys a table takes before its cap is checked again, by table. */
  readonly unlooked: Map<string, number>;
}

/**
 * The state in a SQLite file, in WAL mode. Two connections: what must survive a power cut is written with
 * `synchronous=FULL`, everything else with NORMAL, which survives the end of the process. Calls are synchronous inside,
 * but where the file is busy. It is for its owner alone. What was deleted is given back to the disk, bit by bit.
 */
export function openSqliteState(file: string, clock: () => number = Date.now): State {
  let connections: { readonly normal: Connection; readonly full: Connection } | undefined;
  let writes = 0;
  let sweptAt = Number.NEGATIVE_INFINITY;

  const open = () => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // What SQLite puts beside it has the same mode.
    closeSync(openSync(file, 'a', 0o600));
    for (const beside of ['', '-wal', '-shm']) restrictFile(file + beside);
    connections = { normal: connect(file, 'NORMAL'), full: connect(file, 'FULL') };
    return connections;
  };
  const attempt = <T>(durable: boolean, work: (connection: Connection, now: number) => T): T => {
    const { normal, full } = connections ?? open();
    return work(durable ? full : normal, clock());
  };
  const run = async <T>(durable: boolean, work: (connection: Connection, now: number) => T): Promise<T> => {
    const end = performance.now() + BUSY_TIMEOUT_MS;
    for (;;) {
      try {
        return attempt(durable, work);
      } catch (cause) {
        if (!isBusy(cause) || performance.now() > end) throw stateError(cause);
      }
      await sleep(BETWEEN_STEPS);
    }
  };
  /** All of it or nothing, and no other process between. */
  const write = <T>(durable: boolean, work: (connection: Connection, now: number) => T): Promise<T> =>
    run(durable, (connection, now) => {
      connection.database.exec('BEGIN IMMEDIATE');
      try {
        const result = work(connection, now);
        if (++writes % SWEEP_EVERY === 0 || Math.abs(now - sweptAt) >= SWEEP_AFTER) {
          sweptAt = now;
          sweep(connection, now);
        }
        connection.database.exec('COMMIT');
        return result;
      } catch (error) {
        if (connection.database.isTransaction) connection.database.exec('ROLLBACK');
        throw error;
      }
    });

  return {
    get: (key) => run(false, (connection, now) => find(connection, key, now)),
    set: (key, value, options) =>
      write(options.durable ?? false, (connection, now) => put(connection, key, value, options, now)),
    swap: (key, version, value, options) =>
      write(options.durable ?? false, (connection, now) =>
        find(connection, key, now)?.version === version ? put(connection, key, value, options, now) : undefined,
      ),
    claim: (key, value, options) =>
      write(options.durable ?? false, (connection, now) => {
        const there = find(connection, key, now);
        if (there === undefined) put(connection, key, value, options, now);
        return there;
      }),
    remove: (key, version) =>
      write(false, (connection, now) => {
        const there = find(connection, key, now);
        if (there === undefined || (version !== undefined && there.version !== version)) return false;
        prepare(connection, 'DELETE FROM keys WHERE key = ?').run(key);
        return true;
      }),
    count: (key, by, ttl) =>
      write(false, (connection, now) => {
        const there = prepare(connection, 'SELECT value, expires FROM keys WHERE key = ? AND expires > ?').get(
          key,
          now,
        ) as Row | undefined;
        const sum = Number(there?.value ?? 0) + by;
        const left = there === undefined ? ttl : Number(there.expires) - now;
        put(connection, key, String(sum), { ttl: left }, now);
        return sum;
      }),
    append: (stream, value, { maxEntries, durable = false }) =>
      write(durable, (connection) => add(connection, stream, value, maxEntries)),
    read: (stream, after, limit) =>
      run(
        false,
        (connection) =>
          prepare(connection, 'SELECT id, value FROM entries WHERE stream = ? AND id > ? ORDER BY id LIMIT ?').all(
            stream,
            after,
            limit,
          ) as unknown as StreamEntry[],
      ),
    bounds: (stream) =>
      run(false, (connection) => {
        const { first, last } = prepare(
          connection,
          'SELECT min(id) AS first, max(id) AS last FROM entries WHERE stream = ?',
        ).get(stream) as { first: number | null; last: number | null };
        return first === null || last === null ? undefined : { first, last };
      }),
    commit: (steps, { durable = false } = {}) =>
      write(durable, (connection, now) => {
        if (!steps.every((step) => isMet(connection, step, now))) return false;
        for (const step of steps) take(connection, step, now);
        return true;
      }),
    due: (queue, by, limit) =>
      run(
        false,
        (connection) =>
          prepare(
            connection,
            'SELECT member, due FROM queues WHERE queue = ? AND due <= ? ORDER BY due, member LIMIT ?',
          ).all(queue, Math.min(by, Number.MAX_SAFE_INTEGER), limit) as unknown as Queued[],
      ),
    queued: (queue) =>
      run(false, (connection) => {
        const row = prepare(connection, 'SELECT count(*) AS count FROM queues WHERE queue = ?').get(queue);
        return (row as { count: number }).count;
      }),
    close: async () => {
      connections?.normal.database.close();
      connections?.full.database.close();
      connections = undefined;
    },
  };
}

function connect(file: string, synchronous: 'NORMAL' | 'FULL'): Connection {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  // Before the first page is written; what has pages already is rewritten once.
  database.exec(`PRAGMA auto_vacuum = ${INCREMENTAL}`);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`);
  database.exec(`PRAGMA journal_size_limit = ${MAX_JOURNAL_BYTES}`);
  database.exec(SCHEMA);
  addOwners(database);
  if (numberOf(database, 'auto_vacuum') !== INCREMENTAL) {
    database.exec(`PRAGMA auto_vacuum = ${INCREMENTAL}; VACUUM`);
  }
  database.exec(`PRAGMA busy_timeout = ${STEP}`);
  return { database, statements: new Map(), unlooked: new Map() };
}

/** Lists the keys by kind, in a file from before there were quotas: their owners are unknown. */
function addOwners(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const there = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'owners'").get();
    if (there === undefined) {
      database.exec(OWNERS);
      const add = database.prepare("INSERT INTO owners VALUES (?, ?, '', ?)");
      for (const { key, version } of database.prepare('SELECT key, version FROM keys').all())
        add.run(key ?? '', tableOf(String(key)), version ?? 0);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

const numberOf = (database: DatabaseSync, pragma: string) =>
  Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);

/** Another process is writing. The extended codes of it have theirs above the first byte. */
const isBusy = (error: unknown) => ((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY;

function prepare({ database, statements }: Connection, sql: string): StatementSync {
  let statement = statements.get(sql);
  if (statement === undefined) {
    statement = database.prepare(sql);
    statements.set(sql, statement);
  }
  return statement;
}

function find(connection: Connection, key: string, now: number): StoredValue | undefined {
  const row = prepare(connection, 'SELECT value, version FROM keys WHERE key = ? AND expires > ?').get(key, now);
  return row as unknown as StoredValue | undefined;
}

/** Versions come from one counter, so that a key which was gone in between never has an old one again. */
function put(connection: Connection, key: string, value: string, options: WriteOptions, now: number): number {
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

/** Adds an entry to a stream's end; its id. */
function add(connection: Connection, stream: string, value: string, maxEntries: number): number {
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
function isMet(connection: Connection, step: Step, now: number): boolean {
  if (step.do === 'claim') return find(connection, step.key, now) === undefined;
  if (step.do === 'swap') return find(connection, step.key, now)?.version === step.version;
  return true;
}

function take(connection: Connection, step: Step, now: number): void {
  if (step.do === 'claim' || step.do === 'swap') put(connection, step.key, step.value, step, now);
  else if (step.do === 'append') add(connection, step.stream, step.value, step.maxEntries);
  else if (step.do === 'enqueue')
    prepare(
      connection,
      'INSERT INTO queues VALUES (?1, ?2, ?3) ON CONFLICT (queue, member) DO UPDATE SET due = ?3',
    ).run(step.queue, step.member, Math.ceil(step.due));
  else prepare(connection, 'DELETE FROM queues WHERE queue = ? AND member = ?').run(step.queue, step.member);
}

function sweep(connection: Connection, now: number): void {
  prepare(
    connection,
    'DELETE FROM keys WHERE key IN (SELECT key FROM keys WHERE expires <= ? ORDER BY expires LIMIT ?)',
  ).run(now, MAX_SWEPT);
  if (numberOf(connection.database, 'freelist_count') > FREE_PAGES)
    connection.database.exec(`PRAGMA incremental_vacuum(${PAGES_AT_ONCE})`);
}
