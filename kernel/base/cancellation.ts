import type { CallError } from './call-error.ts';

type Listener = (reason: CallError) => void;

/**
 * Like an AbortSignal, but with a CallError as its reason and at a tenth of the price: five calls make some twenty
 * listeners a request.
 */
export class Cancellation {
  reason: CallError | undefined;
  /** A list, since most have one or two. */
  readonly #listeners: Listener[] = [];

  /** Cancels once; later calls change nothing. */
  cancel(reason: CallError): void {
    if (this.reason) return;
    this.reason = reason;
    // A listener that is removed meanwhile is not called.
    for (let listener = this.#listeners.shift(); listener; listener = this.#listeners.shift()) listener(reason);
  }

  /** Runs the listener on cancellation, at once if that has happened. Returns how to stop listening. */
  onCancel(listener: Listener): () => void {
    if (this.reason) {
      listener(this.reason);
      return noop;
    }
    this.#listeners.push(listener);
    return () => {
      const at = this.#listeners.lastIndexOf(listener);
      if (at >= 0) this.#listeners.splice(at, 1);
    };
  }
}

function noop(): void {}
