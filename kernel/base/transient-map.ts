/**
 * A Map for what comes and goes with each call. V8 moves a Map's entries to a new table after every few deletions, and the
 * values that stood in the old one may live until the next major collection: calls that had long ended filled the old
 * generation (docs/decisions/2026-11-30-what-a-map-keeps-alive.md). Here the tables hold a cell for each value, which lets
 * go of it at its deletion.
 */
export class TransientMap<K, V> {
  readonly #cells = new Map<K, Cell<V>>();

  get size(): number {
    return this.#cells.size;
  }

  get(key: K): V | undefined {
    return this.#cells.get(key)?.value;
  }

  has(key: K): boolean {
    return this.#cells.has(key);
  }

  set(key: K, value: V): void {
    const cell = this.#cells.get(key);
    if (cell) cell.value = value;
    else this.#cells.set(key, { value });
  }

  /** Deletes a key, unless it has another value by now. */
  delete(key: K, value: V): void {
    const cell = this.#cells.get(key);
    if (cell === undefined || cell.value !== value) return;
    this.#cells.delete(key);
    cell.value = undefined;
  }

  keys(): IterableIterator<K> {
    return this.#cells.keys();
  }

  *values(): IterableIterator<V> {
    for (const { value } of this.#cells.values()) yield value as V;
  }
}

interface Cell<V> {
  value: V | undefined;
}
