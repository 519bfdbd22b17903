import { randomUUID } from 'node:crypto';
import type { State } from '#kernel/state/state.ts';

/** Whose turn it is: one instance asks the CDN for all. */
const LEASE = 'cdn:lease';
/** What an instance that dies in its turn, or can't give it back, costs the others. */
const LEASE_MS = 3_000;
/** A call that takes longer than this is no reason to lose it. */
const RENEW_EVERY_MS = 1_000;
/** Stands in it while nobody's turn is. */
const PAUSED = 'paused';

/** The turn of one instance. Nothing is done to it once it is another's. */
export class CdnLease {
  readonly #state: State;
  readonly #token = randomUUID();
  #version: number | undefined;
  /** Changes of it are made one after the other: each has the version of the one before. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(state: State) {
    this.#state = state;
  }

  /**
   * Resolves with whether it is ours now. One that we took before is ours still: where the store failed in between, we
   * may not have been told, and nobody else may have it.
   */
  async take(): Promise<boolean> {
    const there = (await this.#state.claim(LEASE, this.#token, { ttl: LEASE_MS })) ?? (await this.#state.get(LEASE));
    this.#version = there?.value === this.#token ? there.version : undefined;
    return this.#version !== undefined;
  }

  /** Rejects where it is another's by now. */
  async renew(): Promise<void> {
    if (!(await this.#prolong(LEASE_MS, this.#token))) throw new Error('its turn is over, another instance does it');
  }

  /** Renews it for as long as the work takes. What is wrong with it is found by whoever renews it next. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const beat = setInterval(() => void this.renew().catch(() => undefined), RENEW_EVERY_MS).unref();
    try {
      return await work();
    } finally {
      clearInterval(beat);
    }
  }

  /** Keeps everybody from asking for so many milliseconds, us too. */
  async pause(milliseconds: number): Promise<void> {
    await this.#prolong(milliseconds, PAUSED);
  }

  /** Does not reject: what can't be given back now is taken again by us, or ends by itself. */
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
