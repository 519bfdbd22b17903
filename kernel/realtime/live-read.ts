import { callError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import type { Refreshed } from '#kernel/cache/receipts/receipt-book.ts';
import { isPurged, type TagTable } from '#kernel/cache/tags.ts';
import type { Snapshot } from './snapshot.ts';

/** Compositions of one read begin at least so far apart. Milliseconds, as all below. */
const EVERY = 1_000;
/** After a purge, values may come from a lagging replica for a while: the pauses between refreshes then. */
const LAG_REFRESHES = [1_000, 2_000, 3_000] as const;
/** An incomplete answer is refreshed: after so long, then after twice as long, up to the maximum. */
const TRY_AGAIN = { first: 2_000, max: 60_000, spread: 0.2 } as const;

interface RefreshResult {
  readonly snapshot: Snapshot;
  /** Everything that can make it old. */
  readonly tags: Iterable<string>;
  /** Set where some of it may be of a lagging replica: when it is worth asking for again, monotonic. */
  readonly provisionalUntil: number | undefined;
  /** False where something failed that may come back. */
  readonly complete: boolean;
}

/** Composes the answer; `early` may be called with a first snapshot before all is in. Never rejects. */
export type Refresh = (caller: Cancellation, early: (snapshot: Snapshot) => void) => Promise<RefreshResult>;

/** Is told of the changes of a watched read. */
interface Listener {
  /** Gets the tags whose purge the read must hear of. */
  reindex(tags: ReadonlySet<string>): void;
  /** It was composed anew and shown. */
  refreshed?(read: Refreshed): void;
}

/** One client that watches. */
export interface Viewer {
  readonly refresh: Refresh;
  /** The ETag of what was shown last; set at first where a client has come back with it. */
  lastEtag: string | undefined;
  /** The purge counter when it came. */
  readonly since: number;
  show(snapshot: Snapshot): void;
}

/**
 * One watched answer, composed once for all its viewers: when the first comes, and whenever one of its tags is purged.
 * It never polls: an answer that nothing purges stays as it is.
 */
export class LiveRead {
  readonly #table: TagTable;
  readonly #listener: Listener;
  readonly #viewers = new Set<Viewer>();
  #tags: ReadonlySet<string> = new Set();
  /** The purge counter before the last refresh began, and when that was. */
  #sequence = 0;
  #began = Number.NEGATIVE_INFINITY;
  #refreshing: Cancellation | undefined;
  #early: Snapshot | undefined;
  /** The last complete snapshot. */
  #snapshot: Snapshot | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lagRefreshes = 0;
  #failures = 0;

  constructor(table: TagTable, listener: Listener) {
    this.#table = table;
    this.#listener = listener;
  }

  /** How many watch it. */
  get watchers(): number {
    return this.#viewers.size;
  }

  /** Whether it has no viewers left. */
  get isUnwatched(): boolean {
    return this.#viewers.size === 0;
  }

  add(viewer: Viewer): void {
    this.#viewers.add(viewer);
    if (this.#refreshing !== undefined) {
      if (this.#early) this.#showEarly(viewer, this.#early);
      return;
    }
    const recent = performance.now() - this.#began < EVERY && !this.#isOutdated();
    if (this.#snapshot && recent) this.#show(viewer, this.#snapshot);
    else this.#refreshIn(0);
  }

  remove(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (!this.isUnwatched) return;
    clearTimeout(this.#timer);
    this.#refreshing?.cancel(callError('aborted', 'no viewers left'));
    this.#listener.reindex(new Set());
  }

  /** One of its tags was purged. During a refresh there is nothing to do: its end checks for purges. */
  purged(): void {
    this.#lagRefreshes = 0;
    if (this.#refreshing === undefined) this.#refreshIn(0);
  }

  /** Refreshes after so long, or as soon as it may. The latest call counts. */
  #refreshIn(delay: number): void {
    clearTimeout(this.#timer);
    const wait = Math.max(delay, this.#began + EVERY - performance.now());
    if (wait > 0) this.#timer = setTimeout(() => void this.#refresh(), wait);
    else void this.#refresh();
  }

  async #refresh(): Promise<void> {
    const [first] = this.#viewers;
    if (first === undefined || this.#refreshing !== undefined) return;
    const caller = new Cancellation();
    this.#refreshing = caller;
    const after = this.#began === Number.NEGATIVE_INFINITY ? undefined : this.#sequence;
    const before = this.#tags;
    this.#sequence = this.#table.sequence;
    this.#began = performance.now();
    const found = await first.refresh(caller, (snapshot) => {
      if (this.#refreshing !== caller) return;
      this.#early = snapshot;
      for (const viewer of this.#viewers) this.#showEarly(viewer, snapshot);
    });
    this.#refreshing = undefined;
    this.#early = undefined;
    if (this.isUnwatched) return;
    this.#tags = new Set(found.tags);
    this.#listener.reindex(this.#tags);
    const changed = this.#take(found);
    // The first composition brings no viewer news of a purge.
    if (after === undefined || after === this.#sequence) return;
    const tags = this.#tags.union(before);
    this.#listener.refreshed?.({ tags, after, upTo: this.#sequence, watchers: this.watchers, changed });
  }

  /** Shows it, and says to how many it looks different. */
  #take({ snapshot, provisionalUntil, complete }: RefreshResult): number {
    const outdated = this.#isOutdated();
    let changed = 0;
    // Purged while it was composed, it is only for viewers who were waiting before: a later one may already have newer
    // data.
    for (const viewer of this.#viewers) {
      if ((!outdated || viewer.since <= this.#sequence) && this.#show(viewer, snapshot)) changed++;
    }
    this.#snapshot = snapshot;
    this.#failures = complete ? 0 : this.#failures + 1;
    if (outdated) {
      this.#lagRefreshes = 0;
      this.#refreshIn(0);
    } else if (provisionalUntil !== undefined) {
      const pause = LAG_REFRESHES[this.#lagRefreshes++] ?? EVERY;
      this.#refreshIn(Math.max(pause, provisionalUntil - performance.now()));
    } else if (!complete) {
      const pause = Math.min(TRY_AGAIN.first * 2 ** (this.#failures - 1), TRY_AGAIN.max);
      this.#refreshIn(pause * (1 + TRY_AGAIN.spread * Math.random()));
    }
    return changed;
  }

  #isOutdated(): boolean {
    return isPurged(this.#table, [...this.#tags], this.#sequence);
  }

  /** A partial answer is shown to viewers who have nothing yet. */
  #showEarly(viewer: Viewer, snapshot: Snapshot): void {
    if (viewer.lastEtag === undefined && viewer.since <= this.#sequence) this.#show(viewer, snapshot);
  }

  #show(viewer: Viewer, snapshot: Snapshot): boolean {
    if (viewer.lastEtag === snapshot.etag) return false;
    viewer.lastEtag = snapshot.etag;
    viewer.show(snapshot);
    return true;
  }
}
