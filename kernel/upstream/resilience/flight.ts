import { type CallError, callError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { Timeout } from '#kernel/base/time/timeout.ts';

type Outcome<T> = { readonly value: T } | { readonly thrown: unknown };

/** A caller that waits for the result. */
interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (thrown: unknown) => void;
  stopListening: () => void;
}

/**
 * Shared work that no single caller owns: it runs on its own timeout, a caller waits as long as it likes and leaves,
 * and the last to leave aborts it. A refresh is never aborted.
 */
export class Flight<T> {
  /** The purge counter when it began. */
  readonly sequence: number;
  readonly #refresh: boolean;
  readonly #cancellation = new Cancellation();
  readonly #timer: Timeout;
  readonly #onSettled: (() => void) | undefined;
  /** A list of waiters costs less than a promise between the work and each of them. */
  readonly #waiters = new Set<Waiter<T>>();
  #callers = 0;
  #outcome: Outcome<T> | undefined;

  constructor(
    sequence: number,
    timeout: number,
    refresh: boolean,
    run: (cancellation: Cancellation) => Promise<T>,
    onSettled?: () => void,
  ) {
    this.sequence = sequence;
    this.#refresh = refresh;
    this.#onSettled = onSettled;
    this.#timer = new Timeout(timeout, (late) => this.#cancellation.cancel(late));
    const fail = (thrown: unknown) => this.#settle({ thrown });
    this.#cancellation.onCancel(fail);
    try {
      run(this.#cancellation).then((value) => this.#settle({ value }), fail);
    } catch (thrown) {
      // The caller does not have the flight yet.
      queueMicrotask(() => fail(thrown));
    }
  }

  /** Whether it was aborted because all callers had left: it can't be joined any more. */
  get abandoned(): boolean {
    return this.#cancellation.reason !== undefined;
  }

  /** Settles with the flight, independent of its callers. */
  get result(): Promise<T> {
    return this.#wait(() => noop);
  }

  /** Waits for the outcome, or until the caller is cancelled. */
  join(caller: Cancellation): Promise<T> {
    this.#callers++;
    return this.#wait((waiter) => caller.onCancel((reason) => this.#leave(waiter, reason)));
  }

  #wait(listen: (waiter: Waiter<T>) => () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject, stopListening: noop };
      if (this.#outcome) return deliver(this.#outcome, waiter);
      this.#waiters.add(waiter);
      waiter.stopListening = listen(waiter);
    });
  }

  #leave(waiter: Waiter<T>, reason: CallError): void {
    this.#waiters.delete(waiter);
    waiter.reject(reason);
    this.#callers--;
    if (this.#callers === 0 && !this.#refresh && !this.#outcome) {
      this.#cancellation.cancel(callError('aborted', 'everybody left'));
    }
  }

  #settle(outcome: Outcome<T>): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#timer.clear();
    this.#onSettled?.();
    for (const waiter of this.#waiters) deliver(outcome, waiter);
    this.#waiters.clear();
  }
}

function deliver<T>(outcome: Outcome<T>, { resolve, reject, stopListening }: Waiter<T>): void {
  stopListening();
  if ('value' in outcome) resolve(outcome.value);
  else reject(outcome.thrown);
}

function noop(): void {}
