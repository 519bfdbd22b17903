import { createCipheriv, createDecipheriv } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { EventLog, LogEntry } from './event-log.ts';
import { frame, reset, resumeFrom } from './frame.ts';

const CACHED = 512;

/** The events and positions of one log, as its clients get them. `open` comes before anything else. */
export class EventFrames {
  readonly #log: EventLog;
  readonly #cache = new LRUCache<number, Uint8Array>({ max: CACHED });
  #key: Uint8Array | undefined;

  constructor(log: EventLog) {
    this.#log = log;
  }

  async open(): Promise<void> {
    this.#key ??= await this.#log.key();
  }

  idOf(position: number): string {
    return sealPosition(this.#key as Uint8Array, position);
  }

  /** Undefined where the id is none of this log's. */
  positionOf(id: string): number | undefined {
    return openPosition(this.#key as Uint8Array, id);
  }

  reset(position: number): Uint8Array {
    return reset(this.idOf(position));
  }

  resumeFrom(position: number): Uint8Array {
    return resumeFrom(this.idOf(position));
  }

  /** The bytes of an event: the same for every listener. */
  of({ position, event, data }: LogEntry): Uint8Array {
    let bytes = this.#cache.get(position);
    if (bytes === undefined) {
      bytes = frame({ event, id: this.idOf(position), data });
      this.#cache.set(position, bytes);
    }
    return bytes;
  }

  /** Forgets the bytes of events whose positions are others' by now. */
  clear(): void {
    this.#cache.clear();
  }
}

const BLOCK = 16;
const POSITION_BYTES = 6;
const ID = /^[\w-]{22}$/;

/**
 * A position in the log as clients get it: one block under the store's own key. A guessed id is invalid, two ids do not
 * show how much was published to others in between, and ids of another store do not open.
 */
export function sealPosition(key: Uint8Array, position: number): string {
  const block = Buffer.alloc(BLOCK);
  block.writeUIntBE(position, BLOCK - POSITION_BYTES, POSITION_BYTES);
  return createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(block).toString('base64url');
}

/** The position in an id, or undefined where it is none of ours: whatever a client sends as Last-Event-ID. */
export function openPosition(key: Uint8Array, id: string): number | undefined {
  if (!ID.test(id)) return undefined;
  const cipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  const block = cipher.update(Buffer.from(id, 'base64url'));
  // Ten bytes of nothing: one forged id in 2^80 would have them.
  if (block.subarray(0, BLOCK - POSITION_BYTES).some((byte) => byte !== 0)) return undefined;
  return block.readUIntBE(BLOCK - POSITION_BYTES, POSITION_BYTES);
}
