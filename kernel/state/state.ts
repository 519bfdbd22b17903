export interface StoredValue {
  readonly value: string;
  /** Rises with every change of this key; what `swap` compares. */
  readonly version: number;
}

export interface StreamEntry {
  /** Rises along the stream, and is never given twice. */
  readonly id: number;
  readonly value: string;
}

export interface WriteOptions {
  /** Milliseconds until it is gone. */
  readonly ttl: number;
  /** What is acknowledged survives a power cut too, not only the end of the process. */
  readonly durable?: boolean;
  /** The owner, if the row is new: of each owner a table stores so many (`tables.ts`), those written last. */
  readonly owner?: string;
}

/** One step of a commit. Those that have a condition say so; the others are always done. */
export type Step =
  /** Condition: nothing is there. */
  | {
      readonly do: 'claim';
      readonly key: string;
      readonly value: string;
      readonly ttl: number;
      readonly owner?: string;
    }
  /** Condition: the version is still this one. */
  | {
      readonly do: 'swap';
      readonly key: string;
      readonly version: number;
      readonly value: string;
      readonly ttl: number;
    }
  /** Whether it is there or not; no other step of its commit writes this key. */
  | { readonly do: 'remove'; readonly key: string }
  | { readonly do: 'append'; readonly stream: string; readonly value: string; readonly maxEntries: number }
  /** Puts a member into a queue, due at a time in milliseconds since 1970, or moves it there. */
  | { readonly do: 'enqueue'; readonly queue: string; readonly member: string; readonly due: number }
  | { readonly do: 'dequeue'; readonly queue: string; readonly member: string };

export type Versions = ReadonlyMap<string, number>;

/** A member of a queue, and when it is due. */
export interface Queued {
  readonly member: string;
  readonly due: number;
}

/**
 * Rings when another process may have written something that this one polls for. It only wakes: what a ring is about is
 * found by reading, and what is missed by it, by polling.
 */
export interface Doorbell {
  /** Whether it can be heard; polls may then be rarer. */
  readonly isOpen: boolean;
  /** Writes of this process that rang, by stream or queue. */
  readonly rung: ReadonlyMap<string, number>;
  /** Calls `listener` soon after each ring; returns what ends it. */
  on(listener: () => void): () => void;
}

/** Milliseconds between polls while there is a doorbell to be heard. */
export const QUIET_POLL_MS = 1_000;

/**
 * The little that we store ourselves: sessions, idempotency records, inbox, streams. What a method has resolved for
 * survives SIGKILL. Every table has a cap and a quota for each owner (`tables.ts`). Every method rejects with a
 * StateError if the store can't be reached.
 */
export interface State {
  /** Where the store has one. */
  readonly doorbell?: Doorbell;
  /** Whether each call is a round trip: then several things are better done in one. */
  readonly isRemote?: true;
  get(key: string): Promise<StoredValue | undefined>;
  /** The same of several, in their order. */
  getMany(keys: readonly string[]): Promise<(StoredValue | undefined)[]>;
  /** Writes whatever is there; resolves with the new version. */
  set(key: string, value: string, options: WriteOptions): Promise<number>;
  /** Writes if the version is still this one; resolves with the new version, or undefined where it was not. */
  swap(key: string, version: number, value: string, options: WriteOptions): Promise<number | undefined>;
  /** Writes if nothing is there; resolves with undefined, or with what is there already. */
  claim(key: string, value: string, options: WriteOptions): Promise<StoredValue | undefined>;
  /** Removes it, if a version is given only that one; resolves with whether it was there. */
  remove(key: string, version?: number): Promise<boolean>;
  /** Adds to a count that starts at zero and is gone `ttl` after its first addition; resolves with the sum. */
  count(key: string, by: number, ttl: number): Promise<number>;
  /** Adds to a stream's end and drops all but the last `maxEntries` entries; resolves with the entry's id. */
  append(
    stream: string,
    value: string,
    options: { readonly maxEntries: number; readonly durable?: boolean },
  ): Promise<number>;
  /** The entries after an id, oldest first; from its beginning after 0. */
  read(stream: string, after: number, limit: number): Promise<StreamEntry[]>;
  /** The ids of a stream's first and last entries that are still there; undefined where there are none. */
  bounds(stream: string): Promise<{ readonly first: number; readonly last: number } | undefined>;
  /**
   * Does all of these or none, atomically; resolves with the new versions of the keys that it has written, or undefined
   * where a condition did not hold. All conditions are about what was there before the first step.
   */
  commit(steps: readonly Step[], options?: { readonly durable?: boolean }): Promise<Versions | undefined>;
  /** The members of a queue that are due by a time, earliest first. */
  due(queue: string, by: number, limit: number): Promise<Queued[]>;
  /** How many members a queue has. */
  queued(queue: string): Promise<number>;
  close(): Promise<void>;
}

/** The store could not be reached, or could not do it. */
export interface StateError extends Error {
  readonly kind: 'state';
}

export function isStateError(thrown: unknown): thrown is StateError {
  return (thrown as StateError | null | undefined)?.kind === 'state';
}

export function stateError(cause: unknown): StateError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return Object.assign(new Error(`state: ${message}`, { cause }), { kind: 'state' as const });
}
