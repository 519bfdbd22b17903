import { processSingleton } from '#kernel/base/registry.ts';
import type { Refreshed } from '#kernel/cache/receipts/receipt-book.ts';
import type { PurgeWatcher, TagTable } from '#kernel/cache/tags.ts';
import { LiveRead, type Viewer } from './live-read.ts';

/** All reads that are watched in this process, by what they are and by the tags that make them old. */
class LiveReads implements PurgeWatcher {
  readonly #table: TagTable;
  readonly #reads = new Map<string, LiveRead>();
  readonly #byTag = new Map<string, Set<LiveRead>>();
  /** Told of every read that was composed anew after a purge, once it was shown. */
  onRefreshed: ((read: Refreshed) => void) | undefined;

  constructor(table: TagTable) {
    this.#table = table;
    table.watchers.add(this);
  }

  /** Shows a viewer what stands under a key, and every change of it. Returns how to stop. */
  watch(key: string, { refresh, lastEtag, show }: Pick<Viewer, 'refresh' | 'lastEtag' | 'show'>): () => void {
    const read = this.#reads.get(key) ?? this.#begin(key);
    const viewer: Viewer = { refresh, lastEtag, show, since: this.#table.sequence };
    read.add(viewer);
    return () => {
      read.remove(viewer);
      if (read.isUnwatched && this.#reads.get(key) === read) this.#reads.delete(key);
    };
  }

  /** How many watch each read, by its key. */
  watched(): ReadonlyMap<string, number> {
    return new Map([...this.#reads].map(([key, read]) => [key, read.watchers]));
  }

  purged(tags: readonly string[] = [...this.#byTag.keys()]): void {
    const touched = new Set<LiveRead>();
    for (const tag of tags) for (const read of this.#byTag.get(tag) ?? []) touched.add(read);
    for (const read of touched) read.purged();
  }

  #begin(key: string): LiveRead {
    let indexed: ReadonlySet<string> = new Set();
    const reindex = (tags: ReadonlySet<string>) => {
      for (const tag of indexed) if (!tags.has(tag)) this.#forget(tag, read);
      for (const tag of tags) this.#byTag.set(tag, (this.#byTag.get(tag) ?? new Set()).add(read));
      indexed = tags;
    };
    const read: LiveRead = new LiveRead(this.#table, { reindex, refreshed: (one) => this.onRefreshed?.(one) });
    this.#reads.set(key, read);
    return read;
  }

  #forget(tag: string, read: LiveRead): void {
    const reads = this.#byTag.get(tag);
    reads?.delete(read);
    if (reads?.size === 0) this.#byTag.delete(tag);
  }
}

export function liveReads(table: TagTable): LiveReads {
  return processSingleton('live reads', () => new LiveReads(table));
}
