/** More than these are no longer told apart. */
const MAX_OWED = 10_000;
/** Milliseconds between two tries. */
const RETRY_EVERY = 500;

interface Options {
  /** Takes a key away; resolves with whether that is done. */
  remove(key: string): Promise<boolean>;
  /** Leaves all that is in the tier behind, for all instances; rejects where it can't. */
  leave(): Promise<void>;
}

/**
 * What was to be taken out of the tier while that took nothing, and is taken out once it does. Nothing of it is read
 * here meanwhile. What has run out by itself needs no more; where it is too much to be remembered, all is left behind.
 */
export class Withdrawals {
  readonly #options: Options;
  /** Until when each may still be there, monotonic, by key. */
  readonly #owed = new Map<string, number>();
  #isAll = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Whether what is there under a key is not to be read. */
  has(key: string): boolean {
    return this.#isAll || this.#owed.has(key);
  }

  /** The tier did not take it; what is there lives for so many milliseconds at most. */
  owe(key: string, life: number): void {
    if (this.#isAll) return;
    this.#owed.set(key, performance.now() + life);
    if (this.#owed.size > MAX_OWED) {
      this.#owed.clear();
      this.#isAll = true;
    }
    this.#later();
  }

  /** Something newer is there, or nothing. */
  forget(key: string): void {
    this.#owed.delete(key);
  }

  #later(): void {
    this.#timer ??= setTimeout(async () => {
      const isDone = this.#isAll ? await this.#leaveAll() : await this.#removeSome();
      this.#timer = undefined;
      if (!isDone) this.#later();
    }, RETRY_EVERY).unref();
  }

  async #removeSome(): Promise<boolean> {
    for (const [key, until] of this.#owed) {
      if (performance.now() < until && !(await this.#options.remove(key))) return false;
      this.#owed.delete(key);
    }
    return !this.#isAll;
  }

  async #leaveAll(): Promise<boolean> {
    try {
      await this.#options.leave();
    } catch {
      return false;
    }
    this.#isAll = false;
    return true;
  }
}
