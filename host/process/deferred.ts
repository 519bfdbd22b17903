import { processSingleton } from '#kernel/base/registry.ts';

/** Work that outlives its answer. A host that drains waits for it. */
export class Deferred {
  readonly #work = new Set<Promise<unknown>>();

  add(work: Promise<unknown>): void {
    const settled = work
      .catch(() => undefined)
      .finally(() => {
        this.#work.delete(settled);
      });
    this.#work.add(settled);
  }

  /** Resolves once all of it has ended, what is added meanwhile too, or after so many milliseconds. */
  async ended(timeout: number): Promise<void> {
    let isOver = false;
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      isOver = true;
      resolve();
    }, timeout);
    while (this.#work.size > 0 && !isOver) await Promise.race([over, Promise.all(this.#work)]);
    clearTimeout(timer);
  }
}

/** What this process has deferred, be it for the API or for a page. */
export const deferred = (): Deferred => processSingleton('deferred work', () => new Deferred());
