import type { ClientBase } from 'pg';
import { refuseNewer, type SchemaState } from '../tables.ts';
import { WRITE_FUNCTION } from './write-function.ts';

/** One step of the schema. It only adds: the build before it goes on working, beside this one, for a release. */
interface SchemaStep {
  readonly sql: string;
  /** The oldest schema version whose builds can still use the database after this step. */
  readonly oldest: number;
}

/**
 * The schema, step by step; the version of a database is how many it has had. A step is never edited once it is
 * released. A function that must change gets a new name, for older builds still call the old one.
 */
const STEPS: readonly SchemaStep[] = [
  {
    oldest: 1,
    sql: `
      CREATE TABLE tributary.keys (
        key text COLLATE "C" PRIMARY KEY, value text NOT NULL, version bigint NOT NULL, expires bigint NOT NULL,
        kind text COLLATE "C" NOT NULL, owner text COLLATE "C" NOT NULL);
      CREATE INDEX keys_by_expiry ON tributary.keys (expires);
      CREATE INDEX keys_by_kind ON tributary.keys (kind, owner, version);
      CREATE SEQUENCE tributary.versions;
      CREATE TABLE tributary.streams (stream text COLLATE "C" PRIMARY KEY, last bigint NOT NULL);
      CREATE TABLE tributary.entries (
        stream text COLLATE "C" NOT NULL, id bigint NOT NULL, value text NOT NULL, PRIMARY KEY (stream, id));
      CREATE TABLE tributary.queues (
        queue text COLLATE "C" NOT NULL, member text COLLATE "C" NOT NULL, due bigint NOT NULL,
        PRIMARY KEY (queue, member));
      CREATE INDEX queues_by_due ON tributary.queues (queue, due, member);
      CREATE TABLE tributary.chores (name text PRIMARY KEY, done bigint NOT NULL);
      INSERT INTO tributary.chores VALUES ('sweep', 0);
      -- Counts of a minute: a crash may forget them, and none of them waits for the disk.
      CREATE UNLOGGED TABLE tributary.rate_limits (
        key text COLLATE "C" PRIMARY KEY, points integer NOT NULL, expire bigint);
      CREATE INDEX rate_limits_by_expiry ON tributary.rate_limits (expire);
      CREATE TABLE tributary.copies (version bigint NOT NULL, appended bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
      ${WRITE_FUNCTION}`,
  },
  {
    oldest: 1,
    // What a copy has left, to be told from what servers have made of it since.
    sql: 'ALTER TABLE tributary.copies ADD COLUMN content text',
  },
];

const SCHEMA_VERSION = STEPS.length;
/** Of all that use advisory locks in this database, ours alone. */
export const LOCK = 7_218_301_414;

const MIGRATION_TIMEOUT_MS = 600_000;

/**
 * Brings a database to the schema of this build, one process at a time. Throws if its schema is newer and no longer
 * meant for this build.
 */
export async function migrate(client: ClientBase): Promise<void> {
  if ((await look(client)).version >= SCHEMA_VERSION) return;
  await client.query('BEGIN');
  try {
    // Another instance may be migrating, and a step has no time limit.
    await client.query('SET LOCAL statement_timeout = 0');
    await client.query(patiently(`SELECT pg_advisory_xact_lock(${LOCK})`));
    const { version } = await look(client);
    if (version === 0) await begin(client);
    for (const [index, { sql, oldest }] of STEPS.entries()) {
      if (index < version) continue;
      await client.query(patiently(sql));
      await client.query('UPDATE tributary.schema_version SET version = $1, oldest = $2', [index + 1, oldest]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** A statement that the client's own timeout, which is meant for requests, does not end. */
const patiently = (text: string) => ({ text, query_timeout: MIGRATION_TIMEOUT_MS });

/** Of the catalogue itself: `to_regclass` goes by a cache, which does not know yet what the lock was waited for. */
const IS_THERE = `
  SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'tributary' AND c.relname = 'schema_version'`;

async function begin(client: ClientBase): Promise<void> {
  const { rows } = await client.query("SELECT FROM pg_namespace WHERE nspname = 'tributary'");
  // Only the instance that creates the schema needs the right to do so.
  if (rows.length === 0) await client.query('CREATE SCHEMA tributary');
  await client.query('CREATE TABLE tributary.schema_version (version integer NOT NULL, oldest integer NOT NULL)');
  await client.query('INSERT INTO tributary.schema_version VALUES (0, 0)');
}

async function look(client: ClientBase): Promise<SchemaState> {
  const { rows } = await client.query(IS_THERE);
  if (rows.length === 0) return { version: 0, oldest: 0 };
  const { version, oldest } = (await client.query('SELECT version, oldest FROM tributary.schema_version')).rows[0];
  refuseNewer('the database', { version, oldest }, SCHEMA_VERSION);
  return { version, oldest };
}
