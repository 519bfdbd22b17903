import { processSingleton } from '#kernel/base/registry.ts';
import type { AppliedPurge } from '#kernel/cache/purge-log.ts';
import type { State } from '#kernel/state/state.ts';
import { noteStep } from './receipts.ts';

/** Milliseconds for which notes are gathered before they are written: one write for all of them. */
const GATHER_MS = 500;
/** Milliseconds after a purge in which a watcher that is brought up to date counts as told of it. */
const WATCH_MS = 60_000;
const MAX_WATCHED = 200;

/** One watched read that was composed anew. */
export interface Refreshed {
  readonly tags: ReadonlySet<string>;
  /** The purge counter before the composition that was shown last, and before this one. */
  readonly after: number;
  readonly upTo: number;
  readonly watchers: number;
  /** For how many of them the answer has changed. */
  readonly changed: number;
}

interface Page {
  readonly purge: AppliedPurge;
  readonly at: number;
  told: number;
  changed: number;
  last: number | undefined;
  written: boolean;
}

/** The last purge that this process knows of, and when it came here. */
interface Latest {
  id: number;
  at: number;
}

/** For the status; it does not ask the state. */
export const latestPurge = (): { latest: Latest | undefined } =>
  processSingleton('latest purge', () => ({ latest: undefined }));

/**
 * What this instance notes of purges: when each came here, and how many watchers were told. It is written later, apart
 * from all requests; a note that can't be written is lost, for nothing depends on it.
 */
export class ReceiptBook {
  readonly #state: State;
  readonly #instance: string;
  readonly #sharesTier: () => boolean;
  readonly #pages: Page[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(state: State, instance: string, sharesTier: () => boolean) {
    this.#state = state;
    this.#instance = instance;
    this.#sharesTier = sharesTier;
  }

  /** A purge has taken place here. */
  applied(purge: AppliedPurge): void {
    const at = Date.now();
    latestPurge().latest = { id: purge.id, at };
    this.#pages.push({ purge, at, told: 0, changed: 0, last: undefined, written: false });
    if (this.#pages.length > MAX_WATCHED) this.#pages.shift();
    this.#write();
  }

  /** A watched read was composed again: its watchers have been told of all purges before. */
  refreshed({ tags, after, upTo, watchers, changed }: Refreshed): void {
    const now = Date.now();
    for (const page of this.#pages) {
      const { purge } = page;
      if (purge.sequence <= after || purge.sequence > upTo || now - page.at > WATCH_MS) continue;
      if (purge.tags !== undefined && !purge.tags.some((tag) => tags.has(tag))) continue;
      page.told += watchers;
      page.changed += changed;
      page.last = now;
      page.written = false;
      this.#write();
    }
  }

  /** Writes what is not written yet. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pages = this.#pages.filter(({ written }) => !written);
    if (pages.length === 0) return;
    for (const page of pages) page.written = true;
    const purges = pages.map(({ purge: { id }, at, told, changed, last }) => ({
      id,
      at,
      told,
      changed,
      ...(last !== undefined && { last }),
    }));
    await this.#state
      .commit([noteStep({ of: 'instance', instance: this.#instance, tier: this.#sharesTier(), purges })])
      .catch(() => undefined);
  }

  #write(): void {
    this.#timer ??= setTimeout(() => void this.flush(), GATHER_MS).unref();
  }
}
