import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { refuseNewer, tableOf } from '#services/state/tables.ts';

/** Milliseconds that a call waits for another process's write: in steps, for each of them stops everything else here. */
export const BUSY_TIMEOUT_MS = 2_000;
const STEP = 50;
const SQLITE_BUSY = 5;
const MAX_JOURNAL_BYTES = 4 * 1024 * 1024;
const INCREMENTAL = 2;

/** Of the schema, and the oldest whose builds can use it; both are in the file's `user_version`, for it has only one. */
const SCHEMA_VERSION = 1;
const OLDEST = 1;
const APART = 1_000;

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

/** A connection, with the statements that were prepared on it. */
export interface Connection {
  readonly database: DatabaseSync;
  readonly statements: Map<string, StatementSync>;
  /** How many more keys a table takes before its cap is checked again, by table. */
  readonly unlooked: Map<string, number>;
}

/** Opens the file, and brings its tables to what this build needs. */
export function connect(file: string, synchronous: 'NORMAL' | 'FULL'): Connection {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  const found = numberOf(database, 'user_version');
  const there = { version: found % APART, oldest: Math.floor(found / APART) };
  refuseNewer('the file', there, SCHEMA_VERSION);
  // Before the first page is written; what has pages already is rewritten once.
  database.exec(`PRAGMA auto_vacuum = ${INCREMENTAL}`);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`);
  database.exec(`PRAGMA journal_size_limit = ${MAX_JOURNAL_BYTES}`);
  database.exec(SCHEMA);
  addOwners(database);
  if (there.version < SCHEMA_VERSION) database.exec(`PRAGMA user_version = ${OLDEST * APART + SCHEMA_VERSION}`);
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

/** What a pragma says. */
export const numberOf = (database: DatabaseSync, pragma: string) =>
  Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);

/** Another process is writing. The extended codes of it have theirs above the first byte. */
export const isBusy = (error: unknown) => ((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY;

export function prepare({ database, statements }: Connection, sql: string): StatementSync {
  let statement = statements.get(sql);
  if (statement === undefined) {
    statement = database.prepare(sql);
    statements.set(sql, statement);
  }
  return statement;
}
