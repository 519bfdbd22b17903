import { type Doorbell, QUIET_POLL_MS, type State, type StreamEntry } from './state.ts';

export interface Follower {
  /** Applies at once what is in the state by now. */
  catchUp(): Promise<void>;
  stop(): void;
}

/** Who in this process follows one log of the state, that other processes write to as well. */
export class Followers {
  readonly #all = new Set<Follower>();

  /**
   * Calls `read` at once and then every so many milliseconds, one call after the other; where there is a doorbell that
   * can be heard, when it rings and seldom otherwise. It does not keep the process alive.
   */
  follow(read: () => Promise<void>, every: number, doorbell?: Doorbell): Follower {
    let turn: Promise<void> = Promise.resolve();
    /** The turn that has not begun: all callers until then share it. */
    let next: Promise<void> | undefined;
    let polledAt = Number.NEGATIVE_INFINITY;
    const catchUp = () => {
      polledAt = performance.now();
      if (next !== undefined) return next;
      const mine = turn.then(() => {
        next = undefined;
        return read();
      });
      next = mine;
      turn = mine.catch(() => undefined);
      return mine;
    };
    // A store that is away is tried again; code that works with it reports the error.
    const poll = () => void catchUp().catch(() => undefined);
    const timer = setInterval(() => {
      if (!doorbell?.isOpen || performance.now() - polledAt >= QUIET_POLL_MS) poll();
    }, every);
    timer.unref();
    const hangUp = doorbell?.on(poll);
    poll();
    const follower = {
      catchUp,
      stop: () => {
        clearInterval(timer);
        hangUp?.();
        this.#all.delete(follower);
      },
    };
    this.#all.add(follower);
    return follower;
  }

  /** Applies at once what any of them has yet to. Rejects where one can't read. */
  async catchUp(): Promise<void> {
    await Promise.all([...this.#all].map((follower) => follower.catchUp()));
  }
}

/**
 * How far a log has been read in this process. A store that was restored, or went over to a standby that was behind, has
 * lost entries that were read here, and gives their numbers to others. So the last entry is read again with what is new:
 * it must still be there.
 */
export class LogCursor {
  readonly #state: Pick<State, 'read'>;
  readonly #stream: string;
  #position = 0;
  /** Undefined where only its number is known. */
  #value: string | undefined;

  constructor(state: Pick<State, 'read'>, stream: string) {
    this.#state = state;
    this.#stream = stream;
  }

  /** The number of the last entry that is done with; 0 before the first. */
  get position(): number {
    return this.#position;
  }

  moveTo(position: number, value?: string): void {
    this.#position = position;
    this.#value = value;
  }

  /** The entries after the last one; undefined where the log has gone back behind it. Move on with each that is done. */
  async next(limit: number): Promise<readonly StreamEntry[] | undefined> {
    const position = this.#position;
    if (position === 0) return this.#state.read(this.#stream, 0, limit);
    const entries = await this.#state.read(this.#stream, position - 1, limit + 1);
    const [last] = entries;
    if (last === undefined) return undefined;
    // The log has dropped it, as logs do at their beginning.
    if (last.id !== position) return entries;
    if (this.#value !== undefined && this.#value !== last.value) return undefined;
    this.#value = last.value;
    return entries.slice(1);
  }
}
