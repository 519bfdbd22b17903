import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Queued, type State, type StreamEntry, stateError } from '#kernel/state/state.ts';
import { restrictFile } from '#services/state/private-files.ts';
import { BUSY_TIMEOUT_MS, type Connection, connect, isBusy, prepare } from './sqlite-connection.ts';
import { add, drop, find, isMet, put, sweep, takeStep } from './sqlite-rows.ts';

const BETWEEN_STEPS = 25;
/** Every so many writes, and milliseconds, what has expired is swept out. */
const SWEEP_EVERY = 1_000;
const SWEEP_AFTER = 60_000;

type Row = Record<string, string | number>;

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
    getMany: (keys) => run(false, (connection, now) => keys.map((key) => find(connection, key, now))),
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
        drop(connection, key);
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
        if (!steps.every((step) => isMet(connection, step, now))) return undefined;
        const versions = new Map<string, number>();
        for (const step of steps) takeStep(connection, step, now, versions);
        return versions;
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
