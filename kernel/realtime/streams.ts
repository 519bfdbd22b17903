import type { EventStream } from './event-stream.ts';
import { reconnect, retryLine } from './frame.ts';

/** How long a client waits before it reconnects: spread, so that not all come at once. Milliseconds. */
const COME_BACK = { least: 2_000, spread: 3_000 } as const;

/** All streams that are open in this process. */
export class Streams {
  readonly #open = new Set<EventStream>();
  readonly #owners = new Map<string, number>();
  /** Set once the process takes no new streams. */
  draining = false;

  get size(): number {
    return this.#open.size;
  }

  /** Bytes that wait for each client, the slowest first. */
  queues(): number[] {
    return [...this.#open].map(({ queued }) => queued).sort((a, b) => b - a);
  }

  /** How many streams belong to a session. */
  get owned(): number {
    return [...this.#open].filter(({ openedBy }) => openedBy.session !== undefined).length;
  }

  /** How many streams count for an owner. */
  countOf(owner: string | undefined): number {
    return owner === undefined ? 0 : (this.#owners.get(owner) ?? 0);
  }

  add(stream: EventStream): void {
    const { owner } = stream.openedBy;
    this.#open.add(stream);
    if (owner !== undefined) this.#owners.set(owner, this.countOf(owner) + 1);
    stream.onClose(() => {
      this.#open.delete(stream);
      if (owner === undefined) return;
      const left = this.countOf(owner) - 1;
      if (left > 0) this.#owners.set(owner, left);
      else this.#owners.delete(owner);
    });
    // The session may have ended while the stream was being opened, before it was in this list.
    recheck(stream);
  }

  /** Sends heartbeats where they are due, and ends streams that have reached their lifetime. */
  pulse(now: number, beatFor: (stream: EventStream) => Uint8Array): void {
    for (const stream of this.#open) {
      const due = stream.due(now);
      if (due === 'end') endForRetry(stream);
      if (due !== 'beat') continue;
      stream.send(beatFor(stream));
      recheck(stream);
    }
  }

  /** Ends every stream that was opened through a session. */
  endSession(hash: string): void {
    for (const stream of this.#open) if (stream.openedBy.session === hash) stream.end();
  }

  /** Ends every stream, and sends each client when to come back. */
  drain(): void {
    this.draining = true;
    for (const stream of this.#open) endForRetry(stream);
  }
}

const retryDelay = () => COME_BACK.least + COME_BACK.spread * Math.random();

export const retryHint = (): Buffer => retryLine(retryDelay());

/** Ends a stream that its client is to open again. Some clients do not reconnect after an end unless asked to. */
function endForRetry(stream: EventStream): void {
  stream.send(reconnect(retryDelay()));
  stream.end();
}

/** Ends a stream whose credential is no longer valid. If that can't be checked now, the stream stays. */
function recheck(stream: EventStream): void {
  stream.openedBy.recheck?.().then(
    (isValid) => isValid || stream.end(),
    () => undefined,
  );
}
