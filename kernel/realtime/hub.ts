import { LRUCache } from 'lru-cache';
import { processSingleton } from '#kernel/base/registry.ts';
import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import { catchUpWithPurges } from '#kernel/cache/purge-log.ts';
import type { Topic } from '#kernel/contract/topic.ts';
import { ENDED_SESSIONS } from '#kernel/identity/session.ts';
import { LogCursor } from '#kernel/state/followers.ts';
import { isStateError, QUIET_POLL_MS, type State, type Step } from '#kernel/state/state.ts';
import { eventEntry, topicOf } from './event-entry.ts';
import { openPosition, sealPosition } from './event-id.ts';
import { EventLog, type LogEntry } from './event-log.ts';
import type { EventStream } from './event-stream.ts';
import { frame, heartbeat, reset, resumeFrom } from './frame.ts';
import { Streams } from './streams.ts';

/**
 * How often this process polls for other processes' events and ended sessions, and sends heartbeats, in milliseconds.
 */
const PULSE = 250;
const CHUNK = 200;
const FRAMES = 512;
/** A client so many events behind the log's end, all of them other clients', gets a new position to resume from. */
const FAR = 1_000;

interface Subscription {
  readonly stream: EventStream;
  readonly channels: ReadonlySet<string>;
  /** The last event of the log that it has or that is none of its. */
  position: number;
  /** False while it is reading what it has missed. */
  live: boolean;
}

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
  readonly #channels = new Map<string, Set<Subscription>>();
  readonly #subscriptions = new WeakMap<EventStream, Subscription>();
  readonly #frames = new LRUCache<number, Uint8Array>({ max: FRAMES });
  /** The last event that was handed to the live subscriptions; undefined while there are none. */
  #cursor: number | undefined;
  /** How often the log has begun anew: positions from before that are none of it. */
  #beginnings = 0;
  #key: Uint8Array | undefined;
  #endedSessions: LogCursor | undefined;
  #wanted = false;
  #tailing = false;
  #timer: NodeJS.Timeout | undefined;
  #hangUp: (() => void) | undefined;
  #polledAt = Number.NEGATIVE_INFINITY;

  constructor(state: State) {
    this.#state = state;
    this.#log = new EventLog(state);
  }

  /**
   * Publishes an event: resolves once it is stored, so that a client that is away gets it when it comes back. A
   * personal topic needs the scope of its principal. Rejects with a StateError if it could not be stored, and with a
   * RangeError or TypeError if it is no valid event.
   */
  async publish(topic: Topic, event: string, data: unknown, scope: Scope = PUBLIC): Promise<void> {
    await this.#log.append(eventEntry(topic, event, data, scope));
    await this.#tail();
  }

  /** How many listen to each topic, and to how many channels of it: a personal topic has one for each principal. */
  listeners(): Map<string, { readonly channels: number; readonly listening: number; readonly behind: number }> {
    const topics = new Map<string, { channels: number; listening: number; behind: number }>();
    for (const [channel, subscriptions] of this.#channels) {
      const name = topicOf(channel);
      const counts = topics.get(name) ?? { channels: 0, listening: 0, behind: 0 };
      counts.channels++;
      counts.listening += subscriptions.size;
      for (const { live } of subscriptions) if (!live) counts.behind++;
      topics.set(name, counts);
    }
    return topics;
  }

  /** Does steps in one commit, some of which publish. Rejects with a StateError where it could not be stored. */
  async commit(steps: readonly Step[]): Promise<void> {
    await this.#state.commit(steps);
    await this.#tail();
  }

  /** Takes a stream in, for as long as it is open. */
  open(stream: EventStream): void {
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#pulse(), PULSE).unref();
      this.#hangUp = this.#state.doorbell?.on(() => this.#poll());
      // First, so that a session which ends from now on is noticed.
      this.#endSessions().catch(() => undefined);
    }
    this.streams.add(stream);
    stream.onClose(() => {
      if (this.streams.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#hangUp?.();
      this.#endedSessions = undefined;
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
    const key = await this.#opened();
    const { oldest, newest } = await this.#reach();
    if (stream.closed) return;
    if (this.#channels.size === 0) this.#cursor = newest;
    const lastPosition = lastId === undefined ? undefined : openPosition(key, lastId);
    const gap = lastId !== undefined && (lastPosition === undefined || lastPosition < oldest || lastPosition > newest);
    const resumed = lastPosition !== undefined && !gap;
    const position = resumed ? lastPosition : (this.#cursor ?? newest);
    const subscription = { stream, channels, position, live: !resumed };
    this.#add(subscription);
    greet({ id: sealPosition(key, position), gap });
    if (resumed) await this.#catchUp(subscription);
  }

  #add(subscription: Subscription): void {
    this.#subscriptions.set(subscription.stream, subscription);
    for (const channel of subscription.channels) {
      const listening = this.#channels.get(channel) ?? new Set();
      this.#channels.set(channel, listening.add(subscription));
    }
    subscription.stream.onClose(() => {
      for (const channel of subscription.channels) {
        const listening = this.#channels.get(channel);
        listening?.delete(subscription);
        if (listening?.size === 0) this.#channels.delete(channel);
      }
      if (this.#channels.size === 0) this.#cursor = undefined;
    });
  }

  /** Reads what a client has missed, until it stands where those are who are live. */
  async #catchUp(subscription: Subscription): Promise<void> {
    while (!subscription.stream.closed) {
      const holds = this.#untilItBeginsAnew();
      const before = this.#cursor ?? 0;
      const entries = await this.#read(subscription.position);
      await this.#handOn(subscription, entries, holds);
      // It goes on from the position that it was given meanwhile.
      if (!holds()) continue;
      // What was handed on before this read is in it; what was handed on during it may not be.
      if (entries.length < CHUNK && (this.#cursor ?? 0) <= Math.max(before, subscription.position)) {
        subscription.live = true;
        return;
      }
    }
  }

  /** Sends one client what it has missed, as fast as it takes it, and no more once these entries do not hold. */
  async #handOn(subscription: Subscription, entries: readonly LogEntry[], holds: () => boolean): Promise<void> {
    const { stream, channels } = subscription;
    if (holds()) this.#reportGap(subscription, entries);
    for (const entry of entries) {
      if (!holds()) return;
      if (channels.has(entry.channel)) await stream.sendPatiently(this.#frameOf(entry), holds);
      if (holds()) subscription.position = entry.position;
    }
  }

  /** Whether what is read of the log from now on still holds. */
  #untilItBeginsAnew(): () => boolean {
    const beginnings = this.#beginnings;
    return () => this.#beginnings === beginnings;
  }

  async #reach(): ReturnType<EventLog['reach']> {
    for (;;) {
      const holds = this.#untilItBeginsAnew();
      const reach = await this.#log.reach();
      if (holds()) return reach;
    }
  }

  /** Delivers what is new in the log. One run at a time; a call meanwhile makes it read once more. */
  async #tail(): Promise<void> {
    this.#wanted = true;
    if (this.#tailing) return;
    this.#tailing = true;
    try {
      while (this.#wanted) {
        this.#wanted = false;
        await this.#deliverNew();
      }
    } catch (thrown) {
      // It is stored: the next pulse tries again.
      if (!isStateError(thrown)) throw thrown;
    } finally {
      this.#tailing = false;
    }
  }

  async #deliverNew(): Promise<void> {
    for (;;) {
      if (this.#cursor === undefined) return;
      const entries = await this.#log.follow(this.#cursor, CHUNK);
      if (entries === undefined) {
        await this.#beginAnew();
        continue;
      }
      if (entries.length > 0) await catchUpWithPurges();
      this.#reportGaps(entries);
      for (const entry of entries) this.#deliver(entry);
      if (entries.length < CHUNK) return;
    }
  }

  /** The log has lost events that were handed on here, and gives their numbers to others: nobody's position holds. */
  async #beginAnew(): Promise<void> {
    const key = await this.#opened();
    const { newest } = await this.#log.reach();
    this.#beginnings++;
    this.#cursor = newest;
    this.#frames.clear();
    const id = sealPosition(key, newest);
    for (const subscription of this.#subscribed()) {
      subscription.position = newest;
      subscription.stream.send(reset(id));
    }
  }

  #subscribed(): Set<Subscription> {
    return new Set([...this.#channels.values()].flatMap((listening) => [...listening]));
  }

  /** What is new after a position. What was purged with it is purged here before clients are told. */
  async #read(after: number): Promise<LogEntry[]> {
    const entries = await this.#log.read(after, CHUNK);
    if (entries.length > 0) await catchUpWithPurges();
    return entries;
  }

  /** The log has dropped events that this process had yet to read; they may have been for any subscription. */
  #reportGaps(entries: readonly LogEntry[]): void {
    const [first] = entries;
    if (first === undefined || this.#cursor === undefined || first.position <= this.#cursor + 1) return;
    for (const subscription of this.#subscribed()) if (subscription.live) this.#reportGap(subscription, entries);
  }

  /** Says where the log has forgotten what a client had yet to get: it goes on with what is left. */
  #reportGap(subscription: Subscription, [first]: readonly LogEntry[]): void {
    if (first === undefined || first.position <= subscription.position + 1) return;
    subscription.position = first.position - 1;
    subscription.stream.send(reset(sealPosition(this.#key as Uint8Array, subscription.position)));
  }

  #deliver(entry: LogEntry): void {
    if (this.#cursor === undefined || entry.position <= this.#cursor) return;
    this.#cursor = entry.position;
    for (const subscription of this.#channels.get(entry.channel) ?? []) {
      const { stream, position, live } = subscription;
      if (!live || position >= entry.position) continue;
      if (stream.hasRoom) {
        subscription.position = entry.position;
        stream.send(this.#frameOf(entry));
      } else {
        // It reads on from the log, as fast as it can: nothing more waits for it here.
        subscription.live = false;
        this.#catchUp(subscription).catch(() => stream.cut());
      }
    }
  }

  /** The bytes of an event: the same for every listener. */
  #frameOf({ position, event, data }: LogEntry): Uint8Array {
    let bytes = this.#frames.get(position);
    if (bytes === undefined) {
      bytes = frame({ event, id: sealPosition(this.#key as Uint8Array, position), data });
      this.#frames.set(position, bytes);
    }
    return bytes;
  }

  async #opened(): Promise<Uint8Array> {
    this.#key ??= await this.#log.key();
    return this.#key;
  }

  #pulse(): void {
    this.streams.pulse(performance.now(), (stream) => this.#beatFor(stream));
    if (!this.#state.doorbell?.isOpen || performance.now() - this.#polledAt >= QUIET_POLL_MS) this.#poll();
  }

  /** Finds what other processes have published, and which sessions they have ended. */
  #poll(): void {
    this.#polledAt = performance.now();
    if (this.#channels.size > 0) void this.#tail();
    this.#endSessions().catch(() => undefined);
  }

  /** A heartbeat; or where it stands, for who has had no event of its own for so long that the log may forget its last. */
  #beatFor(stream: EventStream): Uint8Array {
    const subscription = this.#subscriptions.get(stream);
    // What is still reading what it has missed must not be moved on past that.
    if (!subscription?.live || this.#key === undefined) return heartbeat();
    const newest = this.#cursor ?? 0;
    if (newest - subscription.position < FAR) return heartbeat();
    subscription.position = newest;
    return resumeFrom(sealPosition(this.#key, newest));
  }

  async #endOfEnded(): Promise<LogCursor> {
    const cursor = new LogCursor(this.#state, ENDED_SESSIONS);
    cursor.moveTo((await this.#state.bounds(ENDED_SESSIONS))?.last ?? 0);
    return cursor;
  }

  async #endSessions(): Promise<void> {
    this.#endedSessions ??= await this.#endOfEnded();
    const ended = this.#endedSessions;
    const entries = await ended.next(CHUNK);
    // A log that has lost entries is read again from its beginning: who has ended does not come back.
    if (entries === undefined) ended.moveTo(0);
    for (const { id, value } of entries ?? []) {
      ended.moveTo(id, value);
      this.streams.endSession(value);
    }
  }
}

/** The hub of this process, over the state that it was first asked for with. */
export function hubOf(state: State): Hub {
  return processSingleton('hub', () => new Hub(state));
}
