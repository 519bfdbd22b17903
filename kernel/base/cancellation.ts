import type { Fault } from './fault.ts';

type Listener = (fault: Fault) => void;

/**
 * What an AbortSignal is, but with a fault as its reason and at a tenth of the price: five calls make some twenty
 * listeners a request.
 */
export class Cancellation {
  fault: Fault | undefined;
  #listeners: Set<Listener> | undefined;

  /** Cancels once; later calls change nothing. */
  cancel(fault: Fault): void {
    if (this.fault) return;
    this.fault = fault;
    for (const listener of this.#listeners ?? []) listener(fault);
    this.#listeners = undefined;
  }

  /** Runs the listener on cancellation, at once if that has happened. Returns how to stop listening. */
  onCancel(listener: Listener): () => void {
    if (this.fault) {
      listener(this.fault);
      return noop;
    }
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => this.#listeners?.delete(listener);
  }
}

function noop(): void {}
