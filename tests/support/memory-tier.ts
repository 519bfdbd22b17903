import type { CacheTier } from '#kernel/cache/tier.ts';

/** A tier in memory, which a test can read, and spoil. */
export class MemoryTier implements CacheTier {
  readonly texts = new Map<string, { text: string; until: number }>();
  readonly leases = new Map<string, { token: string; until: number }>();
  /** The commands that it was given, by name. */
  readonly asked: string[] = [];
  unavailableReason: string | undefined;
  /** What is done in place of a command; a promise that never settles is a tier that is frozen. */
  instead: ((command: string) => Promise<never> | undefined) | undefined;

  async read(key: string) {
    await this.#begin('read');
    const stored = this.texts.get(key);
    const left = (stored?.until ?? 0) - performance.now();
    return stored && left > 0 ? { text: stored.text, left } : undefined;
  }

  async write(key: string, text: string, ttl: number) {
    await this.#begin('write');
    this.texts.set(key, { text, until: performance.now() + ttl });
  }

  async remove(key: string) {
    await this.#begin('remove');
    this.texts.delete(key);
  }

  async claim(key: string, token: string, ttl: number) {
    await this.#begin('claim');
    if ((this.leases.get(key)?.until ?? 0) > performance.now()) return false;
    this.leases.set(key, { token, until: performance.now() + ttl });
    return true;
  }

  async release(key: string, token: string) {
    await this.#begin('release');
    if (this.leases.get(key)?.token === token) this.leases.delete(key);
  }

  close(): void {}

  /** Of the keys so far: all of them are under lease by another instance. */
  get keys(): string[] {
    return [...this.texts.keys()];
  }

  async #begin(command: string): Promise<void> {
    this.asked.push(command);
    await this.instead?.(command);
  }
}
