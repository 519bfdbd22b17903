import { callError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { Timeout } from '#kernel/base/time/timeout.ts';

/**
 * Shared work that no single caller owns: it runs on its own timeout, a caller waits as long as it likes and leaves,
 * and the last to leave aborts it. A refresh is never aborted.
 */
export class Flight<T> {
  /** The purge counter when it began. */
  readonly sequence: number;
  readonly #refresh: boolean;
  readonly #cancellation = new Cancellation();
  readonly #promise: Promise<T>;
  #waiting = 0;
  #settled = false;

  constructor(
    sequence: number,
    timeout: number,
    refresh: boolean,
    run: (cancellation: Cancellation) => Promise<T>,
    onSettled?: () => void,
  ) {
    this.sequence = sequence;
    this.#refresh = refresh;
    const timer = new Timeout(timeout, (late) => this.#cancellation.cancel(late));
    this.#promise = new Promise<T>((resolve, reject) => {
      const settle = () => {
        if (this.#settled) return;
        this.#settled = true;
        timer.clear();
        onSettled?.();
      };
      const fail = (thrown: unknown) => {
        settle();
        reject(thrown);
      };
      this.#cancellation.onCancel(fail);
      try {
        run(this.#cancellation).then((value) => {
          settle();
          resolve(value);
        }, fail);
      } catch (thrown) {
        // Whoever starts it does not have it yet.
        queueMicrotask(() => fail(thrown));
      }
    });
  }

  /** Whether it was aborted because all callers had left: it can't be joined any more. */
  get abandoned(): boolean {
    return this.#cancellation.reason !== undefined;
  }

  /** Settles with the flight, independent of its callers. */
  get result(): Promise<T> {
    return this.#promise;
  }

  /** Waits for the landing, or until the caller is cancelled. */
  join(caller: Cancellation): Promise<T> {
    this.#waiting++;
    return new Promise((resolve, reject) => {
      const stopListening = caller.onCancel((reason) => {
        this.#leave();
        reject(reason);
      });
      this.#promise.then(
        (value) => {
          stopListening();
          resolve(value);
        },
        (reason) => {
          stopListening();
          reject(reason);
        },
      );
    });
  }

  #leave(): void {
    this.#waiting--;
    if (this.#waiting === 0 && !this.#refresh && !this.#settled) {
      this.#cancellation.cancel(callError('aborted', 'everybody left'));
    }
  }
}
