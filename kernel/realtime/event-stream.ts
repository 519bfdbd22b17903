import type { Outlet } from './outlet.ts';

/** What may wait for one client. Beyond it nothing more is queued: it is cut, and resumes from where it was. */
const MOST_QUEUED = 64 * 1_024;
const HALF = MOST_QUEUED / 2;
const BEAT = { least: 15_000, spread: 10_000 } as const;
const LIFE = { least: 24 * 60_000, spread: 12 * 60_000 } as const;

/** Whose a stream is. */
export interface Holder {
  /** Whom it counts for: a principal, or the address of somebody unknown; undefined where nobody can tell. */
  readonly owner: string | undefined;
  /** The session through which it was opened, by its hash. */
  readonly session: string | undefined;
  /** Whether its credential still holds; undefined where there is none. Rejects where nobody can tell now. */
  readonly recheck: (() => Promise<boolean>) | undefined;
}

/** One client's stream of events. Once it is closed nothing has an effect any more. */
export class EventStream {
  readonly holder: Holder;
  /** Whether its ids are positions in the log, so that a heartbeat may move them on. */
  positioned = false;
  readonly #outlet: Outlet;
  readonly #endsAt: number;
  #beatAt: number;
  #listeners: (() => void)[] | undefined = [];

  constructor(outlet: Outlet, holder: Holder, now: number) {
    this.#outlet = outlet;
    this.holder = holder;
    this.#beatAt = within(BEAT, now);
    // Streams do not live for ever, so that clients spread anew over what was started meanwhile.
    this.#endsAt = within(LIFE, now);
    outlet.onClose(() => this.#close());
  }

  get closed(): boolean {
    return this.#listeners === undefined;
  }

  send(bytes: Uint8Array): void {
    if (this.closed) return;
    if (this.#outlet.queued > MOST_QUEUED) this.cut();
    else this.#outlet.write(bytes);
  }

  /** Sends without ever overfilling the queue: for what can be waited with. */
  async sendPatiently(bytes: Uint8Array): Promise<void> {
    if (this.#outlet.queued > HALF) await this.#outlet.drained();
    this.send(bytes);
  }

  end(): void {
    if (this.closed) return;
    this.#close();
    this.#outlet.end();
  }

  cut(): void {
    if (this.closed) return;
    this.#close();
    this.#outlet.cut();
  }

  /** Runs the listener once the stream is over, at once if it is. */
  onClose(listener: () => void): void {
    if (this.#listeners === undefined) listener();
    else this.#listeners.push(listener);
  }

  #close(): void {
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) listener();
  }

  /** What time has come for: a heartbeat, the end of its life, or nothing. */
  due(now: number): 'beat' | 'end' | undefined {
    if (now >= this.#endsAt) return 'end';
    if (now < this.#beatAt) return undefined;
    this.#beatAt = within(BEAT, now);
    return 'beat';
  }
}

function within({ least, spread }: { readonly least: number; readonly spread: number }, now: number): number {
  return now + least + spread * Math.random();
}
