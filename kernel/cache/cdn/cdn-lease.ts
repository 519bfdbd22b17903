import { randomUUID } from 'node:crypto';
import type { State } from '#kernel/state/state.ts';

/** Whose turn it is: one instance asks the CDN for all. */
const LEASE = 'cdn:lease';
/** Longer than one call may take; it is renewed before each. */
const LEASE_MS = 30_000;
/** Stands in it while nobody's turn is. */
const PAUSED = 'paused';

/** The turn of one instance. Nothing is done to it once it is another's. */
export class CdnLease {
  readonly #state: State;
  readonly #token = randomUUID();
  #version: number | undefined;

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

  /** Keeps everybody from asking for so many milliseconds, us too. */
  async pause(milliseconds: number): Promise<void> {
    await this.#prolong(milliseconds, PAUSED);
  }

  /** Does not reject: what can't be given back now is taken again by us, or ends by itself. */
  async release(): Promise<void> {
    if (this.#version !== undefined) await this.#state.remove(LEASE, this.#version).catch(() => undefined);
    this.#version = undefined;
  }

  async #prolong(ttl: number, value: string): Promise<boolean> {
    if (this.#version === undefined) return false;
    this.#version = await this.#state.swap(LEASE, this.#version, value, { ttl });
    return this.#version !== undefined;
  }
}
