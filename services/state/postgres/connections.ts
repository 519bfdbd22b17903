import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, QueryResult, QueryResultRow } from 'pg';
import { stateError } from '#kernel/state/state.ts';
import { ConnectionBreaker } from './connection-breaker.ts';
import { isAway, isBroken, isCollision, isPoolBusy, sqlStateOf } from './failures.ts';
import { IDLE, isFailedStatement, openPool, type PostgresSettings, type Statement, sendStatement } from './pool.ts';
import { migrate } from './schema.ts';

const MAX_TRIES = 4;
const MAX_JITTER = 20;

/** The connections of this process to the database. Opened when they are first needed; the client is loaded then. */
export class Connections {
  readonly settings: PostgresSettings;
  readonly #breaker = new ConnectionBreaker();
  readonly #retired = new Set<Pool>();
  #pool: Promise<Pool> | undefined;
  /** The pool that is being replaced, or was last, and whether that went well. */
  #renewal: { readonly old: Pool; readonly done: Promise<boolean> } | undefined;
  /** The pool that is in use, once the schema is made. */
  #current: Pool | undefined;

  constructor(settings: PostgresSettings) {
    this.settings = settings;
  }

  /** Rejects with a StateError, also at once where the database was away a moment ago. */
  async query<Row extends QueryResultRow>(statement: Statement): Promise<QueryResult<Row>> {
    for (let tries = 1, isSecond = false; ; tries++) {
      try {
        this.#breaker.enter();
      } catch (cause) {
        throw stateError(cause);
      }
      let pool: Pool | undefined;
      try {
        this.#pool ??= this.#open();
        pool = await this.#opened(this.#pool);
        const result = await sendStatement<Row>(pool, statement);
        this.#breaker.opened();
        return result;
      } catch (thrown) {
        const { cause, sent } = isFailedStatement(thrown) ? thrown : { cause: thrown, sent: false };
        if (pool && isBroken(cause) && !isSecond && (await this.#renew(pool))) {
          // One connection broke, and the database is there.
          this.#breaker.opened();
          isSecond = true;
          if (sent && !statement.reads) throw stateError(cause);
          continue;
        }
        if (sqlStateOf(cause) === undefined && isPoolBusy(cause)) this.#breaker.left();
        else if (isAway(cause)) this.#breaker.failed(cause);
        else this.#breaker.opened();
        if (!isCollision(cause) || tries >= MAX_TRIES) throw stateError(cause);
      }
      await sleep(Math.random() * MAX_JITTER);
    }
  }

  /** The pool, unless its schema takes longer than a caller would wait for a connection. */
  async #opened(pool: Promise<Pool>): Promise<Pool> {
    if (this.#current) return pool;
    const done = new AbortController();
    const late = sleep(this.settings.connectTimeout, undefined, { signal: done.signal, ref: false });
    const opened = await Promise.race([pool, late.catch(() => undefined)]).finally(() => done.abort());
    if (opened === undefined) throw new Error('the database is being connected to, or its schema made');
    return opened;
  }

  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    this.#current = undefined;
    const all = [await pool?.catch(() => undefined), ...this.#retired];
    this.#retired.clear();
    await Promise.all(all.map((one) => one?.end()));
  }

  async #open(): Promise<Pool> {
    let pool: Pool | undefined;
    try {
      pool = await openPool(this.settings);
      const client = await pool.connect();
      // One on which something failed is of no more use.
      await migrate(client).then(
        () => client.release(),
        (error: Error) => {
          client.release(error);
          throw error;
        },
      );
      this.#current = pool;
      return pool;
    } catch (error) {
      this.#pool = undefined;
      await pool?.end();
      throw error;
    }
  }

  /**
   * If one connection broke, the idle ones may have, too: a new pool takes the place of the old one, once for all
   * callers that notice. Resolves with whether the database can be reached; does not reject.
   */
  async #renew(old: Pool): Promise<boolean> {
    // A caller may notice late, on a pool that was replaced long ago: it gets the present pool, or waits for the next.
    const broken = this.#current ?? old;
    if (this.#renewal?.old === broken) return this.#renewal.done;
    if (broken !== old) return true;
    this.#renewal = { old, done: this.#replace(old) };
    return this.#renewal.done;
  }

  async #replace(old: Pool): Promise<boolean> {
    let fresh: Pool | undefined;
    try {
      fresh = await openPool(this.settings);
      (await fresh.connect()).release();
    } catch {
      this.#renewal = undefined;
      await fresh?.end();
      return false;
    }
    if (this.#current !== old) {
      // Closed meanwhile.
      await fresh.end();
      return false;
    }
    this.#current = fresh;
    this.#pool = Promise.resolve(fresh);
    this.#retire(old);
    return true;
  }

  /** A caller that has one of its connections, or waits for one, can still use it. */
  #retire(old: Pool): void {
    this.#retired.add(old);
    setTimeout(() => {
      if (this.#retired.delete(old)) void old.end();
    }, IDLE).unref();
  }
}
