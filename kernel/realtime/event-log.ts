import { randomBytes } from 'node:crypto';
import { LogCursor } from '#kernel/state/followers.ts';
import type { State, StreamEntry } from '#kernel/state/state.ts';
import { EVENT_STREAM_NAME, type EventEntry, readEvent, type StoredEvent } from './event-entry.ts';

const KEY = 'events:key';
const KEY_BYTES = 16;
const FOR_EVER = 100 * 365 * 86_400_000;

/** A stored event, and where it stands. */
export interface LogEntry extends StoredEvent {
  /** Rises along the log. */
  readonly position: number;
}

/**
 * The log of all events: one stored stream, so that one position says where a client is in every topic at once, and one
 * read shows a process what the others have published.
 */
export class EventLog {
  readonly #state: State;
  readonly #cursor: LogCursor;

  constructor(state: State) {
    this.#state = state;
    this.#cursor = new LogCursor(state, EVENT_STREAM_NAME);
  }

  async append({ stream, value, maxEntries }: EventEntry): Promise<void> {
    await this.#state.append(stream, value, { maxEntries });
  }

  async read(after: number, limit: number): Promise<LogEntry[]> {
    return (await this.#state.read(EVENT_STREAM_NAME, after, limit)).map(entryOf);
  }

  /** The same for the reader that follows the log to its end; undefined if the log has lost entries that it read. */
  async follow(after: number, limit: number): Promise<LogEntry[] | undefined> {
    if (this.#cursor.position !== after) this.#cursor.moveTo(after);
    const entries = await this.#cursor.next(limit);
    const last = entries?.at(-1);
    if (last) this.#cursor.moveTo(last.id, last.value);
    return entries?.map(entryOf);
  }

  /** The positions after which the log is complete, from the oldest to the newest. */
  async reach(): Promise<{ readonly oldest: number; readonly newest: number }> {
    const bounds = await this.#state.bounds(EVENT_STREAM_NAME);
    return bounds === undefined ? { oldest: 0, newest: 0 } : { oldest: bounds.first - 1, newest: bounds.last };
  }

  /** The key of this log's ids, made on first use. */
  async key(): Promise<Uint8Array> {
    const fresh = randomBytes(KEY_BYTES).toString('base64url');
    const stored = await this.#state.claim(KEY, fresh, { ttl: FOR_EVER });
    return Buffer.from(stored?.value ?? fresh, 'base64url');
  }
}

const entryOf = ({ id: position, value }: StreamEntry): LogEntry => ({ position, ...readEvent(value) });
