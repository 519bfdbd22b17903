import { processSingleton } from '#kernel/base/registry.ts';
import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import type { Topic } from '#kernel/contract/topic.ts';
import { QUIET_POLL_MS, type State } from '#kernel/state/state.ts';
import { EndedSessions } from './ended-sessions.ts';
import { eventEntry } from './event-entry.ts';
import { EventFrames } from './event-frames.ts';
import { EventLog } from './event-log.ts';
import type { EventStream } from './event-stream.ts';
import { FanOut } from './fan-out.ts';
import { heartbeat } from './frame.ts';
import { Streams } from './streams.ts';
import { Subscription, Subscriptions } from './subscriptions.ts';

/**
 * How often this process polls for other processes' events and ended sessions, and sends heartbeats, in milliseconds.
 */
const PULSE = 250;
/** A client so many events behind the log's end, all of them other clients', gets a new position to resume from. */
const FAR = 1_000;

/** Where a new subscription stands. */
export interface Standing {
  /** The id to resume from, before anything was published. */
  readonly id: string;
  /** Whether events were, or may have been, missed for good. */
  readonly gap: boolean;
}

/** What is published and who listens, in this process and, through the state that they share, in all others. */
export class Hub {
  readonly streams = new Streams();
  readonly #state: State;
  readonly #log: EventLog;
  readonly #frames: EventFrames;
  readonly #subscriptions = new Subscriptions();
  readonly #fanOut: FanOut;
  readonly #endedSessions: EndedSessions;
  #timer: NodeJS.Timeout | undefined;
  #hangUp: (() => void) | undefined;
  #polledAt = Number.NEGATIVE_INFINITY;

  constructor(state: State) {
    this.#state = state;
    this.#log = new EventLog(state);
    this.#frames = new EventFrames(this.#log);
    this.#fanOut = new FanOut(this.#log, this.#frames, this.#subscriptions);
    this.#endedSessions = new EndedSessions(state, this.streams);
  }

  /**
   * Publishes an event: resolves once it is stored, so that a client that is away gets it when it comes back. A
   * personal topic needs the scope of its principal. Rejects with a StateError if it could not be stored, and with a
   * RangeError or TypeError if it is no valid event.
   */
  async publish(topic: Topic, event: string, data: unknown, scope: Scope = PUBLIC): Promise<void> {
    await this.#log.append(eventEntry(topic, event, data, scope));
    await this.deliver();
  }

  /** Delivers what this process has just published in a commit of its own. */
  deliver(): Promise<void> {
    return this.#fanOut.deliver();
  }

  /** How many listen to each topic. */
  listeners(): ReturnType<Subscriptions['listeners']> {
    return this.#subscriptions.listeners();
  }

  /** Takes a stream in, for as long as it is open. */
  open(stream: EventStream): void {
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#pulse(), PULSE).unref();
      this.#hangUp = this.#state.doorbell?.on(() => this.#poll());
      // First, so that a session which ends from now on is noticed.
      this.#endedSessions.catchUp().catch(() => undefined);
    }
    this.streams.add(stream);
    stream.onClose(() => {
      if (this.streams.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#hangUp?.();
      this.#endedSessions.stop();
    });
  }

  /**
   * Sends a stream what is published in these channels from `lastId` on, or from now on. `greet` is called before the
   * first event. An id that is not ours, or too old, is a gap: what was missed is lost, what comes is not.
   */
  async subscribe(
    stream: EventStream,
    channels: ReadonlySet<string>,
    lastId: string | undefined,
    greet: (standing: Standing) => void,
  ): Promise<void> {
    await this.#frames.open();
    const { oldest, newest } = await this.#fanOut.reach();
    if (stream.closed) return;
    const now = this.#fanOut.begin(newest);
    const last = lastId === undefined ? undefined : this.#frames.positionOf(lastId);
    const gap = lastId !== undefined && (last === undefined || last < oldest || last > newest);
    const resumed = last !== undefined && !gap;
    const position = resumed ? last : now;
    const subscription = new Subscription(stream, channels, position, !resumed);
    this.#fanOut.add(subscription);
    greet({ id: this.#frames.idOf(position), gap });
    if (resumed) await this.#fanOut.catchUp(subscription);
  }

  #pulse(): void {
    this.streams.pulse(performance.now(), (stream) => this.#beatFor(stream));
    if (!this.#state.doorbell?.isOpen || performance.now() - this.#polledAt >= QUIET_POLL_MS) this.#poll();
  }

  /** Finds what other processes have published, and which sessions they have ended. */
  #poll(): void {
    this.#polledAt = performance.now();
    if (!this.#subscriptions.isEmpty) void this.#fanOut.deliver();
    this.#endedSessions.catchUp().catch(() => undefined);
  }

  /** A heartbeat; or a new position to resume from, if the stream's last event is so old that the log may drop it. */
  #beatFor(stream: EventStream): Uint8Array {
    const subscription = this.#subscriptions.of(stream);
    // A stream that still catches up must not skip what it has yet to read.
    if (!subscription?.live) return heartbeat();
    const newest = this.#fanOut.position;
    if (newest - subscription.position < FAR) return heartbeat();
    subscription.position = newest;
    return this.#frames.resumeFrom(newest);
  }
}

/** The hub of this process, over the state that it was first asked for with. */
export function hubOf(state: State): Hub {
  return processSingleton('hub', () => new Hub(state));
}
