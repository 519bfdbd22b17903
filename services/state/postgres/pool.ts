import type { Pool, PoolClient, PoolConfig, QueryResult, QueryResultRow } from 'pg';
import { isAway, isUnqueryable, sqlStateOf } from './failures.ts';

/** Where the database is, and how long it may take. Times in milliseconds. */
export interface PostgresSettings {
  readonly url: string;
  /** Connections of this process at most; the reading of streams and the doorbell have one more each. */
  readonly connections: number;
  readonly connectTimeout: number;
  readonly statementTimeout: number;
}

/** A server that does not even cancel a statement in time is away. */
const GRACE = 200;
/** Milliseconds after which an idle connection is closed. */
export const IDLE = 30_000;

/** A statement with its parameters; one with a name is parsed once a connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values?: unknown[];
  /** Whether it may be sent once more where it is unknown if it was carried out: it only reads. */
  readonly reads?: boolean;
}

/** A statement that failed, and whether it may have reached the database. */
interface FailedStatement extends Error {
  readonly kind: 'statement';
  readonly sent: boolean;
}

const failedStatement = (cause: unknown, sent: boolean): FailedStatement =>
  Object.assign(new Error('a statement failed', { cause }), { kind: 'statement' as const, sent });

export const isFailedStatement = (thrown: unknown): thrown is FailedStatement =>
  (thrown as FailedStatement | undefined)?.kind === 'statement';

/** Sends a statement on a connection of the pool; one that fails with more than an error of the statement is thrown away. */
export async function sendStatement<Row extends QueryResultRow>(
  pool: Pool,
  { reads: _, ...statement }: Statement,
): Promise<QueryResult<Row>> {
  let client: PoolClient;
  try {
    client = await pool.connect();
  } catch (cause) {
    throw failedStatement(cause, false);
  }
  try {
    const result = await client.query<Row>(statement);
    client.release();
    return result;
  } catch (cause) {
    client.release(sqlStateOf(cause) === undefined || isAway(cause));
    throw failedStatement(cause, !isUnqueryable(cause));
  }
}

export async function openPool(settings: PostgresSettings): Promise<Pool> {
  const { Pool } = await import('pg');
  const pool = new Pool(configOf(settings));
  // The caller that uses a connection gets its error. The error of an idle one is ignored: the pool drops it.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** What a connection is made with. */
export function configOf(settings: PostgresSettings): PoolConfig {
  return {
    connectionString: settings.url,
    application_name: 'tributary',
    max: settings.connections,
    connectionTimeoutMillis: settings.connectTimeout,
    statement_timeout: settings.statementTimeout,
    query_timeout: settings.statementTimeout + GRACE,
    idleTimeoutMillis: IDLE,
    keepAlive: true,
    // The state keeps no process alive.
    allowExitOnIdle: true,
  };
}
