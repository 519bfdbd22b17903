import { randomBytes } from 'node:crypto';
import type { State } from '#kernel/state/state.ts';

const STREAM = 'events';
const KEY = 'events:key';
const KEY_BYTES = 16;
const FOR_EVER = 100 * 365 * 86_400_000;
/** How many events can be resumed from. */
const KEEP = 5_000;
/** An event says that something has changed, and perhaps what; it is no place for documents. */
const MOST_DATA = 16_384;

/** One event as it is stored. */
export interface LogEntry {
  /** Rises along the log. */
  readonly position: number;
  readonly channel: string;
  readonly event: string;
  /** JSON. */
  readonly data: string;
}

/**
 * All events of all channels in the order in which they were published: one stored stream, so that one position says
 * where a client is in every topic at once, and one read tells a process what the others have published.
 */
export class EventLog {
  readonly #state: State;
  #key: Uint8Array | undefined;

  constructor(state: State) {
    this.#state = state;
  }

  /** Resolves once it is stored. Throws a RangeError where the data is too big. */
  async append(channel: string, event: string, data: string): Promise<void> {
    if (Buffer.byteLength(data) > MOST_DATA) throw new RangeError(`an event has at most ${MOST_DATA} bytes`);
    await this.#state.append(STREAM, `${channel}\n${event}\n${data}`, { keep: KEEP });
  }

  async read(after: number, limit: number): Promise<LogEntry[]> {
    const entries = await this.#state.read(STREAM, after, limit);
    return entries.map(({ id: position, value }) => {
      const first = value.indexOf('\n');
      const second = value.indexOf('\n', first + 1);
      return {
        position,
        channel: value.slice(0, first),
        event: value.slice(first + 1, second),
        data: value.slice(second + 1),
      };
    });
  }

  /** The positions after which the log is whole, from the oldest to the newest. */
  async reach(): Promise<{ readonly oldest: number; readonly newest: number }> {
    const bounds = await this.#state.bounds(STREAM);
    return bounds === undefined ? { oldest: 0, newest: 0 } : { oldest: bounds.first - 1, newest: bounds.last };
  }

  /** The key of the ids, made by whoever needs it first. */
  async key(): Promise<Uint8Array> {
    if (this.#key === undefined) {
      const fresh = randomBytes(KEY_BYTES).toString('base64url');
      const kept = await this.#state.claim(KEY, fresh, { ttl: FOR_EVER });
      this.#key = Buffer.from(kept?.value ?? fresh, 'base64url');
    }
    return this.#key;
  }
}
