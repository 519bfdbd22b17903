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
 * here meanwhile. What has run out by itself needs no more. Where it is too much to be remembered, nothing is read here
 * until the tier takes something again, and then all is left behind: once for an outage, for it costs all instances.
 */
export class Withdrawals {
  readonly #options: Options;
  /** Until when each may still be there, monotonic, by key. */
  readonly #owed = new Map<string, number>();
  /** Set where it is too much: a key by which the tier is tried. */
  #all: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Whether what is there under a key is not to be read. */
  has(key: string): boolean {
    return this.#all !== undefined || this.#owed.has(key);
  }

  /** The tier did not take it; what is there lives for so many milliseconds at most. */
  owe(key: string, life: number): void {
    if (this.#all !== undefined) return;
    this.#owed.set(key, performance.now() + life);
    if (this.#owed.size > MAX_OWED) {
      this.#owed.clear();
      this.#all = key;
    }
    this.#later();
  }

  /** Something newer is there, or nothing. */
  forget(key: string): void {
    this.#owed.delete(key);
  }

  #later(): void {
    this.#timer ??= setTimeout(async () => {
      const isDone = this.#all === undefined ? await this.#removeSome() : await this.#leaveAll(this.#all);
      this.#timer = undefined;
      if (!isDone) this.#later();
    }, RETRY_EVERY).unref();
  }

  async #removeSome(): Promise<boolean> {
    this.#dropExpired();
    for (const key of this.#owed.keys()) {
      if (!(await this.#options.remove(key))) return false;
      this.#owed.delete(key);
    }
    return this.#all === undefined;
  }

  async #leaveAll(probe: string): Promise<boolean> {
    if (!(await this.#options.remove(probe))) return false;
    try {
      await this.#options.leave();
    } catch {
      return false;
    }
    this.#all = undefined;
    return true;
  }

  #dropExpired(): void {
    const now = performance.now();
    for (const [key, until] of this.#owed) if (until <= now) this.#owed.delete(key);
  }
}
