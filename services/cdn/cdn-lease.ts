import { randomUUID } from 'node:crypto';
import type { State } from '#kernel/state/state.ts';

/** The key of the lease: its owner sends purges to the CDN for all instances. */
const LEASE = 'cdn:lease';
/** How long the other instances wait if the owner dies, or can't give the lease back. */
const LEASE_MS = 3_000;
/** During a call that takes longer than this, the lease is renewed. */
const RENEW_EVERY_MS = 1_000;
/** The value of the lease while no instance may ask the CDN. */
const PAUSED = 'paused';

/** The lease, as one instance sees it. Once another instance owns it, this one no longer changes it. */
export class CdnLease {
  readonly #state: State;
  readonly #token = randomUUID();
  #version: number | undefined;
  /** Changes are made one after the other: each needs the version that the one before has written. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(state: State) {
    this.#state = state;
  }

  /**
   * Resolves with whether this instance owns the lease now. It may have owned it before without knowing: if the store
   * failed after it had granted the lease.
   */
  async take(): Promise<boolean> {
    const there = (await this.#state.claim(LEASE, this.#token, { ttl: LEASE_MS })) ?? (await this.#state.get(LEASE));
    this.#version = there?.value === this.#token ? there.version : undefined;
    return this.#version !== undefined;
  }

  /** Rejects if another instance owns the lease by now. */
  async renew(): Promise<void> {
    if (!(await this.#prolong(LEASE_MS, this.#token))) throw new Error('its turn is over, another instance does it');
  }

  /** Renews the lease for as long as the work takes. A failure is ignored here: the next `renew` finds it. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const beat = setInterval(() => void this.renew().catch(() => undefined), RENEW_EVERY_MS).unref();
    try {
      return await work();
    } finally {
      clearInterval(beat);
    }
  }

  /** Keeps all instances, this one too, from asking the CDN for so many milliseconds. */
  async pause(milliseconds: number): Promise<void> {
    await this.#prolong(milliseconds, PAUSED);
  }

  /** Does not reject: a lease that can't be given back now is taken again by this instance, or runs out. */
  async release(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#version !== undefined) await this.#state.remove(LEASE, this.#version).catch(() => undefined);
      this.#version = undefined;
    });
  }

  #prolong(ttl: number, value: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const ours = this.#version;
      if (ours === undefined) return false;
      const swap = (version: number) => this.#state.swap(LEASE, version, value, { ttl });
      this.#version = (await swap(ours).catch(() => undefined)) ?? (await this.#afterLostAnswer(ours, value, swap));
      return this.#version !== undefined;
    });
  }

  /** A change whose answer was lost may have been made: then its version is not the one that we know. */
  async #afterLostAnswer(
    ours: number,
    value: string,
    swap: (version: number) => Promise<number | undefined>,
  ): Promise<number | undefined> {
    const there = await this.#state.get(LEASE);
    if (there?.value === this.#token) return swap(there.version);
    const isPaused = value === PAUSED && there?.value === PAUSED && there.version > ours;
    return isPaused ? there.version : undefined;
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(change);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
