import { LRUCache } from 'lru-cache';
import { openPosition, sealPosition } from './event-id.ts';
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
