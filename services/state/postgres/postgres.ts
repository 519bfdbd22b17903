import {
  type Queued,
  type State,
  type StoredValue,
  type StreamEntry,
  stateError,
  type Versions,
  type WriteOptions,
} from '#kernel/state/state.ts';
import { Caps } from './caps.ts';
import { Connections } from './connections.ts';
import { PostgresDoorbell } from './doorbell.ts';
import type { PostgresSettings, Statement } from './pool.ts';
import { argumentsOf, keyStep, lastOfEachKey, toWriteStep, type WriteStep } from './steps.ts';
import { fromStored, toStored } from './stored-text.ts';
import { Sweep } from './sweep.ts';
import { CONDITION_FAILED } from './write-function.ts';

/** A key that is taken and gone, over and over, is not claimed for ever. */
const MAX_CLAIMS = 10;

/** The state in Postgres, and what else is kept there. */
export interface PostgresState extends State {
  /** For tables that are no state, such as counts. Rejects with a StateError. */
  query(statement: Statement): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

/**
 * The state in Postgres 15 or newer, in a schema that this program makes and moves forward itself. Every write is one
 * statement, so one round trip. What is durable waits for synchronous standbys too; everything else survives the end of
 * this process and of the server.
 */
export function openPostgresState(settings: PostgresSettings, clock: () => number = Date.now): PostgresState {
  const connections = new Connections(settings);
  /** A follower of a stream must not queue behind the statements of requests: what it misses makes values old. */
  const following = new Connections({ ...settings, connections: 1 });
  const doorbell = new PostgresDoorbell(connections);
  const caps = new Caps(connections);
  const sweep = new Sweep(connections);

  const rows = async <Row extends object>(
    name: string,
    text: string,
    values: unknown[],
    by = connections,
  ): Promise<Row[]> => (await by.query<Row>({ name: `tributary ${name}`, text, values, reads: name !== 'write' })).rows;

  /** What came of each step; undefined where a condition did not hold. */
  const write = async (steps: readonly WriteStep[], durable = false): Promise<(number | undefined)[] | undefined> => {
    const now = clock();
    for (const { verb, name } of steps) if (ADDS_KEYS.has(verb)) await caps.makeRoom(name, now);
    try {
      const [row] = await rows<{ results: (string | null)[] | null }>('write', WRITE, argumentsOf(steps, now, durable));
      doorbell.ringFor(steps, now);
      sweep.tick(now);
      return row?.results?.map((result) => (result === null ? undefined : Number(result)));
    } catch (error) {
      if ((error as { cause?: { code?: string } }).cause?.code === CONDITION_FAILED) return undefined;
      throw error;
    }
  };
  const writeOne = async (step: WriteStep, durable?: boolean) => (await write([step], durable))?.[0];

  const get = async (key: string): Promise<StoredValue | undefined> => {
    const [row] = await rows<{ value: string; version: string }>('get', GET, [toStored(key), clock()]);
    return row && storedValue(row);
  };
  const claim = async (key: string, value: string, options: WriteOptions): Promise<StoredValue | undefined> => {
    for (let tries = 0; tries < MAX_CLAIMS; tries++) {
      if ((await writeOne(keyStep('claim', key, value, options, clock()), options.durable)) !== undefined)
        return undefined;
      const there = await get(key);
      if (there !== undefined) return there;
      // It was gone again by the time we looked.
    }
    throw stateError('a key came and went too often to be claimed');
  };

  return {
    doorbell,
    isRemote: true,
    query: (statement) => connections.query(statement),
    get,
    getMany: async (keys) => {
      if (keys.length === 0) return [];
      const values = [keys.map(toStored), clock()];
      const found = await rows<{ key: string; value: string; version: string }>('get many', GET_MANY, values);
      const byKey = new Map(found.map((row) => [row.key, storedValue(row)]));
      return keys.map((key) => byKey.get(toStored(key)));
    },
    claim,
    set: async (key, value, options) =>
      (await writeOne(keyStep('set', key, value, options, clock()), options.durable)) as number,
    swap: (key, version, value, options) =>
      writeOne({ ...keyStep('swap', key, value, options, clock()), number: version }, options.durable),
    remove: async (key, version) => (await writeOne({ verb: 'remove', name: key, number: version })) !== undefined,
    count: async (key, by, ttl) =>
      (await writeOne({ verb: 'count', name: key, number: by, expires: Math.ceil(clock() + ttl) })) as number,
    append: async (stream, value, { maxEntries, durable }) =>
      (await writeOne({ verb: 'append', name: stream, text: value, number: maxEntries }, durable)) as number,
    read: async (stream, after, limit): Promise<StreamEntry[]> =>
      (await rows<{ id: string; value: string }>('read', READ, [toStored(stream), after, limit], following)).map(
        ({ id, value }) => ({ id: Number(id), value: fromStored(value) }),
      ),
    bounds: async (stream) => {
      const [row] = await rows<{ first: string | null; last: string | null }>(
        'bounds',
        BOUNDS,
        [toStored(stream)],
        following,
      );
      if (row === undefined || row.first === null || row.last === null) return undefined;
      return { first: Number(row.first), last: Number(row.last) };
    },
    commit: async (steps, { durable } = {}) => {
      const now = clock();
      const written = lastOfEachKey(steps).map((step) => toWriteStep(step, now));
      const results = await write(written, durable);
      return results && versionsOf(written, results);
    },
    due: async (queue, by, limit): Promise<Queued[]> =>
      (
        await rows<{ member: string; due: string }>('due', DUE, [
          toStored(queue),
          Math.floor(Math.min(by, Number.MAX_SAFE_INTEGER)),
          limit,
        ])
      ).map(({ member, due }) => ({ member: fromStored(member), due: Number(due) })),
    queued: async (queue) => {
      const [row] = await rows<{ count: string }>('queued', QUEUED, [toStored(queue)]);
      return Number(row?.count);
    },
    close: async () => {
      await sweep.ended();
      await doorbell.close();
      await Promise.all([connections.close(), following.close()]);
    },
  };
}

const storedValue = ({ value, version }: { value: string; version: string }): StoredValue => ({
  value: fromStored(value),
  version: Number(version),
});

function versionsOf(steps: readonly WriteStep[], results: readonly (number | undefined)[]): Versions {
  const versions = new Map<string, number>();
  for (const [place, { verb, name }] of steps.entries())
    if (verb === 'claim' || verb === 'swap') versions.set(name, results[place] as number);
  return versions;
}

const ADDS_KEYS: ReadonlySet<string> = new Set(['set', 'claim', 'count']);

const WRITE = 'SELECT tributary.write($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS results';
const GET = 'SELECT value, version FROM tributary.keys WHERE key = $1 AND expires > $2';
const GET_MANY = 'SELECT key, value, version FROM tributary.keys WHERE key = ANY($1) AND expires > $2';
const READ = 'SELECT id, value FROM tributary.entries WHERE stream = $1 AND id > $2 ORDER BY id LIMIT $3';
const BOUNDS = 'SELECT min(id) AS first, max(id) AS last FROM tributary.entries WHERE stream = $1';
const DUE = 'SELECT member, due FROM tributary.queues WHERE queue = $1 AND due <= $2 ORDER BY due, member LIMIT $3';
const QUEUED = 'SELECT count(*) AS count FROM tributary.queues WHERE queue = $1';
