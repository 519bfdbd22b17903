import { processSingleton } from '#kernel/base/registry.ts';
import type { Outlet } from './outlet.ts';

/**
 * Bytes that may be queued for one client before more is withheld from it, and how long they may stay queued: then it
 * is cut.
 */
const ENOUGH = 32 * 1_024;
const DRAIN_TIMEOUT_MS = 5_000;
const BEAT = { least: 15_000, spread: 10_000 } as const;
const LIFE = { least: 24 * 60_000, spread: 12 * 60_000 } as const;

/** How many streams were cut since the process began, and when last, on the wall clock: readers that took nothing. */
export const cutStreams = (): { count: number; last: number | undefined } =>
  processSingleton('cut streams', () => ({ count: 0, last: undefined }));

export interface StreamOwner {
  /** The caller that it counts for: a principal, or the network of an unauthenticated client; undefined if unknown. */
  readonly owner: string | undefined;
  /** The session through which it was opened, by its hash. */
  readonly session: string | undefined;
  /** Whether its credential is still valid; undefined if there is none. Rejects if that can't be checked now. */
  readonly recheck: (() => Promise<boolean>) | undefined;
}

/** One client's stream of events. Once it is closed nothing has an effect any more. */
export class EventStream {
  readonly openedBy: StreamOwner;
  readonly #outlet: Outlet;
  readonly #endsAt: number;
  /** The latest of each thing that replaces itself, withheld until there is room. */
  #latest: Map<string, Uint8Array> | undefined;
  #beatAt: number;
  #listeners: (() => void)[] | undefined = [];

  constructor(outlet: Outlet, openedBy: StreamOwner, now: number) {
    this.#outlet = outlet;
    this.openedBy = openedBy;
    this.#beatAt = randomTime(BEAT, now);
    // Streams do not live for ever, so that clients spread anew over what was started meanwhile.
    this.#endsAt = randomTime(LIFE, now);
    outlet.onClose(() => this.#close());
  }

  get closed(): boolean {
    return this.#listeners === undefined;
  }

  /** Whether what is sent now leaves soon. */
  get hasRoom(): boolean {
    return this.#outlet.queued <= ENOUGH;
  }

  /** Bytes that wait for its client. */
  get queued(): number {
    return this.#outlet.queued;
  }

  send(bytes: Uint8Array): void {
    if (!this.closed) this.#outlet.write(bytes);
  }

  /**
   * Sends once there is room, if it still holds then. A client that takes nothing meanwhile is cut: it resumes from where
   * it was.
   */
  async sendPatiently(bytes: Uint8Array, holds: () => boolean = () => true): Promise<void> {
    await this.#room();
    if (holds()) this.send(bytes);
  }

  /** Sends the latest of what replaces itself: what has not left when the next comes never leaves. */
  sendLatest(key: string, bytes: Uint8Array): void {
    if (this.#latest !== undefined) this.#latest.set(key, bytes);
    else if (this.hasRoom) this.send(bytes);
    else {
      this.#latest = new Map([[key, bytes]]);
      void this.#sendPending(this.#latest);
    }
  }

  async #sendPending(latest: Map<string, Uint8Array>): Promise<void> {
    for (const [key] of latest) {
      await this.#room();
      const bytes = latest.get(key);
      latest.delete(key);
      if (bytes) this.send(bytes);
    }
    this.#latest = undefined;
  }

  async #room(): Promise<void> {
    if (this.closed || this.hasRoom) return;
    const timer = setTimeout(() => this.cut(), DRAIN_TIMEOUT_MS);
    await this.#outlet.drained();
    clearTimeout(timer);
  }

  /** Ends it as it should. A client that takes nothing meanwhile is cut: it must not delay a process that stops. */
  end(): void {
    if (this.closed) return;
    this.#close();
    if (this.#outlet.queued === 0) this.#outlet.end();
    else void this.#endPatiently();
  }

  async #endPatiently(): Promise<void> {
    let isCut = false;
    const timer = setTimeout(() => {
      isCut = true;
      this.#outlet.cut();
    }, DRAIN_TIMEOUT_MS);
    await this.#outlet.drained();
    clearTimeout(timer);
    if (!isCut) this.#outlet.end();
  }

  cut(): void {
    if (this.closed) return;
    const cuts = cutStreams();
    cuts.count++;
    cuts.last = Date.now();
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
    this.#beatAt = randomTime(BEAT, now);
    return 'beat';
  }
}

function randomTime({ least, spread }: { readonly least: number; readonly spread: number }, now: number): number {
  return now + least + spread * Math.random();
}
