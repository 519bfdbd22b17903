import { ENDED_SESSIONS } from '#kernel/identity/session.ts';
import { LogCursor } from '#kernel/state/followers.ts';
import type { State } from '#kernel/state/state.ts';
import type { Streams } from './streams.ts';

const CHUNK = 200;

/** Ends the streams of sessions that have ended, in this process or another. */
export class EndedSessions {
  readonly #state: State;
  readonly #streams: Streams;
  #cursor: LogCursor | undefined;

  constructor(state: State, streams: Streams) {
    this.#state = state;
    this.#streams = streams;
  }

  /** At first it only notes where the log of ended sessions ends. */
  async catchUp(): Promise<void> {
    this.#cursor ??= await this.#atEnd();
    const cursor = this.#cursor;
    const entries = await cursor.next(CHUNK);
    // A log that has lost entries is read again from its beginning: a session that has ended stays ended.
    if (entries === undefined) cursor.moveTo(0);
    for (const { id, value } of entries ?? []) {
      cursor.moveTo(id, value);
      this.#streams.endSession(value);
    }
  }

  /** Begins anew with the next call. */
  stop(): void {
    this.#cursor = undefined;
  }

  async #atEnd(): Promise<LogCursor> {
    const cursor = new LogCursor(this.#state, ENDED_SESSIONS);
    cursor.moveTo((await this.#state.bounds(ENDED_SESSIONS))?.last ?? 0);
    return cursor;
  }
}
