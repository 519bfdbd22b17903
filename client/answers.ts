const MAX_ANSWERS = 50;

/** An answer as text, so that a caller who changes its view does not change another's. */
interface CachedAnswer {
  readonly etag: string;
  readonly text: string;
}

/** The last answers by address, so that none is sent twice: a few, and the one that was used longest ago goes first. */
export class Answers {
  readonly #all = new Map<string, CachedAnswer>();

  find(address: string): CachedAnswer | undefined {
    const cached = this.#all.get(address);
    if (cached) this.store(address, cached);
    return cached;
  }

  store(address: string, cached: CachedAnswer): void {
    this.#all.delete(address);
    this.#all.set(address, cached);
    if (this.#all.size <= MAX_ANSWERS) return;
    const [oldest] = this.#all.keys();
    if (oldest !== undefined) this.#all.delete(oldest);
  }

  forget(): void {
    this.#all.clear();
  }
}
