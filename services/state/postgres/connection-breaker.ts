const FIRST_PAUSE = 50;
const MAX_PAUSE = 1_000;

/**
 * Keeps callers from a database that is away: all but one fail at once, and that one tries again after a pause. Pauses
 * have jitter, so that instances do not come back all in the same moment. Times are milliseconds of `performance.now()`.
 */
export class ConnectionBreaker {
  #failures = 0;
  #until = 0;
  #trying = false;
  #cause: unknown;

  /** Throws what the last try failed with while it is too early for the next one. */
  enter(): void {
    if (this.#failures === 0) return;
    if (this.#trying || performance.now() < this.#until) throw this.#cause;
    this.#trying = true;
  }

  opened(): void {
    this.#failures = 0;
    this.#trying = false;
  }

  /** The try came to nothing that says how the database is. */
  left(): void {
    this.#trying = false;
  }

  failed(cause: unknown): void {
    const pause = Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** this.#failures);
    this.#failures++;
    this.#cause = cause;
    this.#until = performance.now() + pause * (0.5 + Math.random() / 2);
    this.#trying = false;
  }
}
