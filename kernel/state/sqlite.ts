import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Kept,
  type Queued,
  type State,
  type Step,
  type StreamEntry,
  stateError,
  type WriteOptions,
} from './state.ts';

/** Milliseconds that a call waits for another process's write: in steps, for each of them stops everything else here. */
const PATIENCE = 2_000;
const STEP = 50;
const BETWEEN_STEPS = 25;
const SQLITE_BUSY = 5;
/** Every so many writes what has expired is swept out. */
const SWEEP_EVERY = 1_000;
const SWEEP_AT_MOST = 5_000;

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

type Row = Record<string, string | number>;

/** A connection, with the statements that were prepared on it. */
interface Connection {
  readonly database: DatabaseSync;
  readonly statements: Map<string, StatementSync>;
}

/**
 * The state in a SQLite file, in WAL mode. Two connections: what must survive a power cut is written with
 * `synchronous=FULL`, everything else with NORMAL, which survives the end of the process. Calls are synchronous inside,
 * but where the file is busy. It is for its owner alone.
 */
export function openSqliteState(file: string, clock: () => number = Date.now): State {
  let connections: { readonly normal: Connection; readonly full: Connection } | undefined;
  let writes = 0;

  const open = () => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // What SQLite puts beside it has the same mode.
    closeSync(openSync(file, 'a', 0o600));
    connections = { normal: connect(file, 'NORMAL'), full: connect(file, 'FULL') };
    return connections;
  };
  const attempt = <T>(durable: boolean, work: (connection: Connection, now: number) => T): T => {
    const { normal, full } = connections ?? open();
    return work(durable ? full : normal, clock());
  };
  const run = async <T>(durable: boolean, work: (connection: Connection, now: number) => T): Promise<T> => {
    const end = performance.now() + PATIENCE;
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
        if (++writes % SWEEP_EVERY === 0) sweep(connection, now);
        connection.database.exec('COMMIT');
        return result;
      } catch (error) {
        if (connection.database.isTransaction) connection.database.exec('ROLLBACK');
        throw error;
      }
    });

  return {
    get: (key) => run(false, (connection, now) => lookUp(connection, key, now)),
    set: (key, value, options) =>
      write(options.durable ?? false, (connection, now) => put(connection, key, value, options, now)),
    swap: (key, version, value, options) =>
      write(options.durable ?? false, (connection, now) =>
        lookUp(connection, key, now)?.version === version ? put(connection, key, value, options, now) : undefined,
      ),
    claim: (key, value, options) =>
      write(options.durable ?? false, (connection, now) => {
        const there = lookUp(connection, key, now);
        if (there === undefined) put(connection, key, value, options, now);
        return there;
      }),
    remove: (key, version) =>
      write(false, (connection, now) => {
        const there = lookUp(connection, key, now);
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
    append: (stream, value, { keep, durable = false }) =>
      write(durable, (connection) => add(connection, stream, value, keep)),
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
        if (!steps.every((step) => holds(connection, step, now))) return false;
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
  const database = new DatabaseSync(file, { timeout: PATIENCE });
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`);
  database.exec(SCHEMA);
  database.exec(`PRAGMA busy_timeout = ${STEP}`);
  return { database, statements: new Map() };
}

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

function lookUp(connection: Connection, key: string, now: number): Kept | undefined {
  const row = prepare(connection, 'SELECT value, version FROM keys WHERE key = ? AND expires > ?').get(key, now);
  return row as unknown as Kept | undefined;
}

/** Versions come from one counter, so that a key which was gone in between never has an old one again. */
function put(connection: Connection, key: string, value: string, { ttl }: WriteOptions, now: number): number {
  const { last } = prepare(connection, 'UPDATE versions SET last = last + 1 RETURNING last').get() as { last: number };
  prepare(
    connection,
    'INSERT INTO keys VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE SET value = ?2, version = ?3, expires = ?4',
  ).run(key, value, last, Math.ceil(now + ttl));
  return last;
}

/** Adds an entry to a stream's end; its id. */
function add(connection: Connection, stream: string, value: string, keep: number): number {
  const next = prepare(
    connection,
    'INSERT INTO streams VALUES (?, 1) ON CONFLICT (stream) DO UPDATE SET last = last + 1 RETURNING last',
  );
  const { last: id } = next.get(stream) as { last: number };
  prepare(connection, 'INSERT INTO entries VALUES (?, ?, ?)').run(stream, id, value);
  prepare(connection, 'DELETE FROM entries WHERE stream = ? AND id <= ?').run(stream, id - keep);
  return id;
}

/** Whether a step's condition holds, before any of the steps is done. */
function holds(connection: Connection, step: Step, now: number): boolean {
  if (step.do === 'claim') return lookUp(connection, step.key, now) === undefined;
  if (step.do === 'swap') return lookUp(connection, step.key, now)?.version === step.version;
  return true;
}

function take(connection: Connection, step: Step, now: number): void {
  if (step.do === 'claim' || step.do === 'swap') put(connection, step.key, step.value, step, now);
  else if (step.do === 'append') add(connection, step.stream, step.value, step.keep);
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
  ).run(now, SWEEP_AT_MOST);
}
