import { type Doorbell, QUIET_POLL_MS } from './state.ts';

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
    /** The turn that has not begun: whoever asks meanwhile is content with it. */
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
