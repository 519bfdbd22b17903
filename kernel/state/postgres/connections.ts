import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolConfig, QueryResult, QueryResultRow } from 'pg';
import { stateError } from '../state.ts';
import { Gate } from './gate.ts';
import { migrate } from './schema.ts';

/** Where the database is, and how long it may take. Times in milliseconds. */
export interface PostgresSettings {
  readonly url: string;
  /** Connections of this process at most; the doorbell has one more. */
  readonly connections: number;
  readonly connectTimeout: number;
  readonly statementTimeout: number;
}

/** A server that does not even cancel a statement in time is away. */
const GRACE = 200;
const IDLE = 30_000;
const MAX_TRIES = 4;
const MAX_JITTER = 20;
const POOL_IS_BUSY = 'timeout exceeded when trying to connect';

/** A statement with its parameters; one with a name is parsed once a connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values?: unknown[];
}

/** The connections of this process to the database. Opened when they are first needed; the client is loaded then. */
export class Connections {
  readonly settings: PostgresSettings;
  readonly #gate = new Gate();
  #pool: Promise<Pool> | undefined;
  #isOpen = false;

  constructor(settings: PostgresSettings) {
    this.settings = settings;
  }

  /** Rejects with a StateError, also at once where the database was away a moment ago. */
  async query<Row extends QueryResultRow>(statement: Statement): Promise<QueryResult<Row>> {
    for (let tries = 1; ; tries++) {
      try {
        this.#gate.enter();
      } catch (cause) {
        throw stateError(cause);
      }
      try {
        this.#pool ??= this.#open();
        const result = await (await this.#opened(this.#pool)).query<Row>(statement);
        this.#gate.opened();
        return result;
      } catch (cause) {
        if (stateOf(cause) === undefined && isBusy(cause)) this.#gate.left();
        else if (isAway(cause)) this.#gate.failed(cause);
        else this.#gate.opened();
        if (!isCollision(cause) || tries === MAX_TRIES) throw stateError(cause);
      }
      await sleep(Math.random() * MAX_JITTER);
    }
  }

  /** The pool, unless its schema takes longer than a caller would wait for a connection. */
  async #opened(pool: Promise<Pool>): Promise<Pool> {
    if (this.#isOpen) return pool;
    const done = new AbortController();
    const late = sleep(this.settings.connectTimeout, undefined, { signal: done.signal, ref: false });
    const opened = await Promise.race([pool, late.catch(() => undefined)]).finally(() => done.abort());
    if (opened === undefined) throw new Error('the database is being connected to, or its schema made');
    return opened;
  }

  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    this.#isOpen = false;
    await (await pool?.catch(() => undefined))?.end();
  }

  async #open(): Promise<Pool> {
    let pool: Pool | undefined;
    try {
      const { Pool } = await import('pg');
      pool = new Pool(configOf(this.settings));
      // A connection that breaks is told to who uses it; of one that nobody uses nobody need know.
      pool.on('error', () => undefined);
      pool.on('connect', (client) => client.on('error', () => undefined));
      const client = await pool.connect();
      // One on which something failed is of no more use.
      await migrate(client).then(
        () => client.release(),
        (error: Error) => {
          client.release(error);
          throw error;
        },
      );
      this.#isOpen = true;
      return pool;
    } catch (error) {
      this.#pool = undefined;
      await pool?.end();
      throw error;
    }
  }
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

/** SQLSTATE of an error that the server itself has told us; else it is one of the way there. */
const stateOf = (cause: unknown): string | undefined => {
  const { code } = cause as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in (cause as object) ? code : undefined;
};

/** All connections are in use for too long: that says nothing of the server. */
const isBusy = (cause: unknown) => (cause as Error).message === POOL_IS_BUSY;

/**
 * Whether the next caller would fare no better: the server can't be reached, lets nobody in, is starting or ending, or
 * has become a standby. A slow statement is none of it.
 */
function isAway(cause: unknown): boolean {
  const state = stateOf(cause);
  return state === undefined || /^(?:08|25006|28|3D|53|57P)/.test(state);
}

/** A deadlock, or a serialization failure where that is the database's default: nothing was done, and it is done anew. */
const isCollision = (cause: unknown) => /^40/.test(stateOf(cause) ?? '');
