import { stateError } from '#kernel/state/state.ts';
import { roomOf, tableOf } from '../tables.ts';
import type { Connections } from './connections.ts';
import { toStored } from './stored-text.ts';

/** A full table is emptied by this share: choosing rows costs more than deleting them. */
const BATCH_SHARE = 1 / 64;
const MAX_EXPIRED = 10_000;

/** Keeps the tables below their caps, counting them now and then: other processes fill them too. */
export class Caps {
  readonly #connections: Connections;
  /** How many more keys a table takes before its cap is checked again, by table. */
  readonly #unlooked = new Map<string, number>();

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** Before a key is written that may be new: rejects with a StateError where its table is full and forgets nothing. */
  async makeRoom(key: string, now: number): Promise<void> {
    const table = tableOf(key);
    const unlooked = this.#unlooked.get(table) ?? 0;
    if (unlooked > 0) {
      this.#unlooked.set(table, unlooked - 1);
      return;
    }
    const { max, full } = roomOf(table);
    const batch = Math.max(1, Math.floor(max * BATCH_SHARE));
    // What is written meanwhile need not look as well.
    this.#unlooked.set(table, batch);
    try {
      let there = await this.#count(table, key);
      if (there >= max) {
        await this.#connections.query({ text: DROP_EXPIRED, values: [table, now, MAX_EXPIRED] });
        there = await this.#count(table, key);
      }
      if (there >= max) {
        if (full === 'refuse') throw stateError(`the table ${table} is full`);
        const values = [table, toStored(key), there + 1 - max + batch - 1];
        there -= (await this.#connections.query({ text: DROP_FROM_LARGEST, values })).rowCount ?? 0;
      }
      this.#unlooked.set(table, Math.max(0, Math.min(batch, max - there - 1)));
    } catch (error) {
      // A table that forgets its oldest rows may be written uncounted; it is counted again after a batch.
      if (full === 'forget') return;
      this.#unlooked.delete(table);
      throw error;
    }
  }

  async #count(table: string, without: string): Promise<number> {
    const { rows } = await this.#connections.query<{ count: string }>({
      reads: true,
      text: 'SELECT count(*) AS count FROM tributary.keys WHERE kind = $1 AND key <> $2',
      values: [table, toStored(without)],
    });
    return Number(rows[0]?.count);
  }
}

const DROP_EXPIRED = `
  DELETE FROM tributary.keys WHERE key IN (
    SELECT key FROM tributary.keys WHERE kind = $1 AND expires <= $2 LIMIT $3 FOR UPDATE SKIP LOCKED)`;

/** From the owner with the most rows, so that one owner's flood does not push out another's rows. */
const DROP_FROM_LARGEST = `
  DELETE FROM tributary.keys WHERE key IN (
    SELECT key FROM tributary.keys WHERE key = ANY (ARRAY(
      SELECT oldest.key FROM (
        SELECT owner, count(*) AS held FROM tributary.keys WHERE kind = $1 GROUP BY owner ORDER BY held DESC LIMIT 100
      ) AS largest CROSS JOIN LATERAL (
        SELECT key, version FROM tributary.keys
        WHERE kind = $1 AND owner = largest.owner AND key <> $2 ORDER BY version LIMIT $3
      ) AS oldest
      ORDER BY held DESC, version LIMIT $3))
    FOR UPDATE SKIP LOCKED)`;
