import type { Connections } from './connections.ts';

/** An instance looks so often whether it is time; of all instances one sweeps a minute. Milliseconds. */
const LOOK_EVERY = 20_000;
const SWEEP_EVERY = 60_000;
const BATCH = 2_000;
/** More than any minute brings: what expires together is not swept by one instance in one go. */
const MAX_BATCHES = 50;

/** Removes what has expired, in the background: bounded, and by one instance for all. */
export class Sweep {
  readonly #connections: Connections;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> = Promise.resolve();

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** Called with every write. `now` in milliseconds since 1970. */
  tick(now: number): void {
    if (Math.abs(now - this.#lookedAt) < LOOK_EVERY) return;
    this.#lookedAt = now;
    // What is left behind, the next one finds.
    this.#running = this.#run(now).catch(() => undefined);
  }

  /** Resolves when what is under way has ended. */
  ended(): Promise<void> {
    return this.#running;
  }

  async #run(now: number): Promise<void> {
    const { rowCount } = await this.#connections.query({ text: TAKE_TURN, values: [now, SWEEP_EVERY] });
    if (rowCount === 0) return;
    for (const text of [EXPIRED_KEYS, EXPIRED_LIMITS]) {
      for (let batch = 0; batch < MAX_BATCHES; batch++) {
        const swept = await this.#connections.query({ text, values: [now, BATCH] });
        if ((swept.rowCount ?? 0) < BATCH) break;
      }
    }
  }
}

const TAKE_TURN = `UPDATE tributary.chores SET done = $1::bigint WHERE name = 'sweep' AND abs($1::bigint - done) >= $2`;
const EXPIRED_KEYS = `
  DELETE FROM tributary.keys WHERE key IN (
    SELECT key FROM tributary.keys WHERE expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED)`;
const EXPIRED_LIMITS = `
  DELETE FROM tributary.rate_limits WHERE key IN (
    SELECT key FROM tributary.rate_limits WHERE expire <= $1 ORDER BY expire LIMIT $2 FOR UPDATE SKIP LOCKED)`;
