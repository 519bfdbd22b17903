import { cdnKey, EVERY_ANSWER } from '#kernel/cache/cdn/cdn-fields.ts';
import { cdnFigures } from '#kernel/cache/cdn/cdn-figures.ts';
import { PURGES, readEntry } from '#kernel/cache/purge-entry.ts';
import { noteStep } from '#kernel/cache/receipts/receipts.ts';
import { isPrivateTag } from '#kernel/cache/tags.ts';
import { LogCursor } from '#kernel/state/followers.ts';
import type { Doorbell, State, StoredValue, StreamEntry } from '#kernel/state/state.ts';
import { startWorkerLoop, type WorkerLoop } from '#services/state/worker-loop.ts';
import { CdnLease } from './cdn-lease.ts';
import { type CdnError, type CdnPurge, purgeKeys } from './cdn-purge.ts';

/** How far the CDN has confirmed the log of purges. */
const CURSOR = 'cdn:cursor';
/** Ranges of the log for which the CDN is asked once more. */
const AGAIN = 'cdn:again';

const CURSOR_TTL = 90 * 86_400_000;
/**
 * Milliseconds until a purge is repeated. An outdated answer may reach the CDN after the purge: it was on its way, or
 * its instance had yet to read the log.
 */
const AGAIN_AFTER = 3_000;
const AT_ONCE = 200;
/** Repeats that are made together. */
const MAX_REPEATS = 50;
/** If more keys than these are to be purged, everything is purged. */
const MAX_KEYS = 2_000;
/** Purges of private values alone move the cursor only now and then. */
const MAX_SKIPPED = 1_000;
const POLL_INTERVAL_MS = 500;
const [FIRST_PAUSE, MAX_PAUSE] = [500, 15_000];

/** Ends the name of a range to repeat if everything is to be purged again. */
const ALL = '-all';
/** Stands for all tags at once. */
const EVERYTHING = '';

/** A stretch of the log, and what it makes old at the CDN; `keys` is empty where all of it is private. */
interface Stretch {
  /** The confirmed position when this stretch was found. */
  readonly cursor: StoredValue | undefined;
  readonly from: number;
  readonly to: number;
  readonly keys: readonly string[];
  /** Set if everything is purged instead of a stretch of the log: it is repeated as such. */
  readonly all?: true;
}

interface Options {
  readonly state: State;
  readonly cdn: CdnPurge;
  readonly instance: string;
  readonly now: () => number;
  readonly report: (error: unknown) => void;
}

/**
 * Brings every purge of the log to the CDN: the log is its queue, and one cursor in the state says how far it has come,
 * so that nothing is lost with an instance. Without a cursor, or if the log has lost entries, everything is purged.
 */
export class CdnWorker {
  readonly #options: Options;
  /** How far this process has read the log: all purges before are confirmed, or not public. */
  readonly #seen: LogCursor;
  readonly #lease: CdnLease;
  #failures = 0;
  /** The cursor's version at the last look. */
  #version: number | undefined;
  readonly #stop = new AbortController();

  constructor(options: Options) {
    this.#options = options;
    this.#seen = new LogCursor(options.state, PURGES);
    this.#lease = new CdnLease(options.state);
    cdnFigures().name = options.cdn.name;
  }

  /** Sends what is due, if no other instance does; resolves with whether more may be due already. */
  async turn(): Promise<boolean> {
    const { state, now } = this.#options;
    const cursor = await state.get(CURSOR);
    const [stretch, [again]] = await Promise.all([this.#next(cursor), state.due(AGAIN, now(), 1)]);
    const figures = cdnFigures();
    const hasMoved = cursor?.version !== this.#version;
    this.#version = cursor?.version;
    if (stretch === undefined && again === undefined) {
      figures.waitingSince = undefined;
      return false;
    }
    if (hasMoved || figures.waitingSince === undefined) figures.waitingSince = now();
    if (!(await this.#lease.take())) return false;
    try {
      // Before the lease was ours, another instance may have done it.
      if (stretch !== undefined && (await state.get(CURSOR))?.version !== stretch.cursor?.version) {
        await this.#lease.release();
        return true;
      }
      if (stretch !== undefined) await this.#purge(stretch);
      if (again !== undefined) await this.#repeat();
    } catch (error) {
      await this.#pause(error);
      return false;
    }
    this.#failures = 0;
    figures.confirmed++;
    figures.reason = undefined;
    await this.#lease.release();
    return true;
  }

  /** Ends a call that is under way; the next instance to have a turn makes it again. */
  stop(): void {
    this.#stop.abort();
  }

  /** The next stretch of the log that the CDN must be told of. */
  async #next(cursor: StoredValue | undefined): Promise<Stretch | undefined> {
    if (cursor === undefined) return this.#everything(cursor);
    const confirmed = Number(cursor.value);
    if (confirmed > this.#seen.position) this.#seen.moveTo(confirmed);
    for (;;) {
      const entries = await this.#seen.next(AT_ONCE);
      if (entries === undefined) return this.#everything(cursor);
      const last = entries.at(-1);
      if (last === undefined) return undefined;
      const keys = keysOf(entries, this.#seen.position);
      if (keys.length > 0) return { cursor, from: confirmed + 1, to: last.id, keys };
      this.#seen.moveTo(last.id, last.value);
      if (last.id - confirmed > MAX_SKIPPED) {
        await this.#move(cursor, last.id);
        return this.#next(await this.#options.state.get(CURSOR));
      }
      // There may be more by now, and no end of them: repeats are due meanwhile.
      if (entries.length < AT_ONCE) return undefined;
    }
  }

  /** For when it is unknown what the CDN was told of. */
  async #everything(cursor: StoredValue | undefined): Promise<Stretch> {
    const to = (await this.#options.state.bounds(PURGES))?.last ?? 0;
    return { cursor, from: to, to, keys: [EVERY_ANSWER], all: true };
  }

  /** Renews the lease before each call, and while one takes long. */
  #ask(keys: readonly string[]): Promise<void> {
    const { cdn } = this.#options;
    return this.#lease.during(() => purgeKeys(cdn, keys, this.#stop.signal, () => this.#lease.renew()));
  }

  async #purge({ cursor, from, to, keys, all }: Stretch): Promise<void> {
    const { state, now } = this.#options;
    await this.#ask(keys);
    const value = { key: CURSOR, value: String(to), ttl: CURSOR_TTL } as const;
    const isConfirmed = await state.commit([
      cursor === undefined ? { do: 'claim', ...value } : { do: 'swap', version: cursor.version, ...value },
      { do: 'enqueue', queue: AGAIN, member: `${from}-${to}${all ? ALL : ''}`, due: now() + AGAIN_AFTER },
      this.#confirmed(from, to, false),
    ]);
    if (isConfirmed) this.#seen.moveTo(to);
  }

  /** Makes what is due to be repeated one purge, so that it doubles no calls where there are many. */
  async #repeat(): Promise<void> {
    const { state, now } = this.#options;
    const repeats = (await state.due(AGAIN, now(), MAX_REPEATS)).map(({ member }) => {
      const [from = 0, to = 0] = member.split('-').map(Number);
      return { member, from, to };
    });
    const keys = await Promise.all(repeats.map((repeat) => this.#keysAgain(repeat)));
    await this.#ask(withinMost(new Set(keys.flat())));
    await state.commit(
      repeats.flatMap(({ member, from, to }) => [
        { do: 'dequeue', queue: AGAIN, member } as const,
        this.#confirmed(from, to, true),
      ]),
    );
  }

  async #keysAgain({ member, from, to }: { member: string; from: number; to: number }): Promise<readonly string[]> {
    if (member.endsWith(ALL)) return [EVERY_ANSWER];
    const entries = await this.#options.state.read(PURGES, from - 1, to - from + 1);
    return entries.length > 0 ? keysOf(entries, from - 1) : [EVERY_ANSWER];
  }

  #confirmed(from: number, to: number, again: boolean) {
    const { cdn, instance, now } = this.#options;
    return noteStep({ of: 'cdn', cdn: cdn.name, instance, at: now(), again, from, to });
  }

  async #move({ version }: StoredValue, to: number): Promise<void> {
    await this.#options.state.commit([{ do: 'swap', key: CURSOR, version, value: String(to), ttl: CURSOR_TTL }]);
  }

  /** The lease lasts as long as the pause, so that no instance asks the CDN before its end. */
  async #pause(error: unknown): Promise<void> {
    const { report } = this.#options;
    const figures = cdnFigures();
    if (this.#stop.signal.aborted) {
      await this.#lease.release();
      return;
    }
    figures.failed++;
    figures.reason = error instanceof Error ? error.message : String(error);
    const { retryAfter = 0 } = error as Partial<CdnError>;
    const backoff = FIRST_PAUSE * 2 ** Math.min(this.#failures++, 10) * (0.5 + Math.random() / 2);
    report(error);
    await this.#lease.pause(Math.min(MAX_PAUSE, Math.max(backoff, retryAfter)));
  }
}

/** The keys that the entries after a position purge. */
function keysOf(entries: readonly StreamEntry[], after: number): readonly string[] {
  const keys = new Set<string>((entries[0]?.id ?? 0) > after + 1 ? [EVERY_ANSWER] : []);
  for (const { value } of entries) {
    const { tags = [EVERYTHING] } = readEntry(value);
    for (const tag of tags) if (!isPrivateTag(tag)) keys.add(tag === EVERYTHING ? EVERY_ANSWER : cdnKey(tag));
  }
  return withinMost(keys);
}

const withinMost = (keys: ReadonlySet<string>): readonly string[] =>
  keys.has(EVERY_ANSWER) || keys.size > MAX_KEYS ? [EVERY_ANSWER] : [...keys];

/** Lets the worker take its turns until it is stopped. */
export function startCdnWorker(worker: CdnWorker, doorbell: Doorbell | undefined): WorkerLoop {
  const turn = async () => {
    // If the store is away, the next turn tries again; other users of the store report the error.
    const hasMore = await worker.turn().catch(() => false);
    return hasMore ? 0 : POLL_INTERVAL_MS;
  };
  const loop = startWorkerLoop(turn, doorbell ? [doorbell] : []);
  return {
    async stop() {
      worker.stop();
      await loop.stop();
    },
  };
}
