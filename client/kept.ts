const MOST = 50;

/** What was answered, as text: whoever changes a view changes nobody else's. */
interface Kept {
  readonly etag: string;
  readonly text: string;
}

/** The last answers by address, so that none is sent twice: a few, and the one that was used longest ago goes first. */
export class Answers {
  readonly #all = new Map<string, Kept>();

  find(address: string): Kept | undefined {
    const kept = this.#all.get(address);
    if (kept) this.keep(address, kept);
    return kept;
  }

  keep(address: string, kept: Kept): void {
    this.#all.delete(address);
    this.#all.set(address, kept);
    if (this.#all.size <= MOST) return;
    const [oldest] = this.#all.keys();
    if (oldest !== undefined) this.#all.delete(oldest);
  }

  forget(): void {
    this.#all.clear();
  }
}
