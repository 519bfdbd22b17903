import { randomUUID } from 'node:crypto';
import type { State } from '#kernel/state/state.ts';

/** Whose turn it is: one instance asks the CDN for all. */
const LEASE = 'cdn:lease';
/** Longer than one call may take; it is renewed before each. */
const LEASE_MS = 30_000;

/** The turn of one instance. Nothing is done to it once it is another's. */
export class CdnLease {
  readonly #state: State;
  readonly #token = randomUUID();
  #version: number | undefined;

  constructor(state: State) {
    this.#state = state;
  }

  /** Resolves with whether it is ours now. */
  async take(): Promise<boolean> {
    if ((await this.#state.claim(LEASE, this.#token, { ttl: LEASE_MS })) !== undefined) return false;
    const there = await this.#state.get(LEASE);
    this.#version = there?.value === this.#token ? there.version : undefined;
    return this.#version !== undefined;
  }

  /** Rejects where it is another's by now. */
  async renew(): Promise<void> {
    if (!(await this.#prolong(LEASE_MS))) throw new Error('its turn is over, another instance does it');
  }

  /** Keeps everybody from asking for so many milliseconds. */
  async pause(milliseconds: number): Promise<void> {
    await this.#prolong(milliseconds);
  }

  async release(): Promise<void> {
    if (this.#version !== undefined) await this.#state.remove(LEASE, this.#version);
    this.#version = undefined;
  }

  async #prolong(ttl: number): Promise<boolean> {
    if (this.#version === undefined) return false;
    this.#version = await this.#state.swap(LEASE, this.#version, this.#token, { ttl });
    return this.#version !== undefined;
  }
}
