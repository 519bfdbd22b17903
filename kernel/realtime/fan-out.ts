import { catchUpWithPurges } from '#kernel/cache/purge-log.ts';
import { isStateError } from '#kernel/state/state.ts';
import type { EventFrames } from './event-frames.ts';
import type { EventLog, LogEntry } from './event-log.ts';
import type { Subscription, Subscriptions } from './subscriptions.ts';

const CHUNK = 200;

/**
 * Brings the events of the log to the subscriptions: what is new to all that are live, and what one has missed to that
 * one, as fast as its client takes it.
 */
export class FanOut {
  readonly #log: EventLog;
  readonly #frames: EventFrames;
  readonly #subscriptions: Subscriptions;
  /** The last event that was handed to the live subscriptions; undefined while there are none. */
  #cursor: number | undefined;
  /** How often the log has begun anew: positions from before that are none of it. */
  #beginnings = 0;
  #wanted = false;
  #delivering = false;

  constructor(log: EventLog, frames: EventFrames, subscriptions: Subscriptions) {
    this.#log = log;
    this.#frames = frames;
    this.#subscriptions = subscriptions;
  }

  /** The position of the live subscribers. */
  get position(): number {
    return this.#cursor ?? 0;
  }

  /** The positions after which the log is complete. */
  async reach(): ReturnType<EventLog['reach']> {
    for (;;) {
      const holds = this.#untilItBeginsAnew();
      const reach = await this.#log.reach();
      if (holds()) return reach;
    }
  }

  /** Where a subscription stands that begins now; `newest` is where the first does. */
  begin(newest: number): number {
    if (this.#subscriptions.isEmpty) this.#cursor = newest;
    return this.#cursor ?? newest;
  }

  add(subscription: Subscription): void {
    this.#subscriptions.add(subscription);
    subscription.stream.onClose(() => {
      if (this.#subscriptions.isEmpty) this.#cursor = undefined;
    });
  }

  /** Reads what a client has missed, until it is where the live subscribers are. */
  async catchUp(subscription: Subscription): Promise<void> {
    while (!subscription.stream.closed) {
      const holds = this.#untilItBeginsAnew();
      const before = this.position;
      const entries = await this.#read(subscription.position);
      await this.#handOn(subscription, entries, holds);
      // It goes on from the position that it was given meanwhile.
      if (!holds()) continue;
      // What was handed on before this read is in it; what was handed on during it may not be.
      if (entries.length < CHUNK && this.position <= Math.max(before, subscription.position)) {
        subscription.live = true;
        return;
      }
    }
  }

  /**
   * Delivers what is new in the log. One run at a time; a call meanwhile makes it read once more. That is not waited for:
   * others may never stop.
   */
  async deliver(): Promise<void> {
    if (this.#delivering) {
      this.#wanted = true;
      return;
    }
    this.#delivering = true;
    this.#wanted = false;
    try {
      await this.#deliverNew();
    } catch (thrown) {
      // It is stored: the next pulse tries again.
      if (isStateError(thrown)) return;
      throw thrown;
    } finally {
      this.#delivering = false;
    }
    if (this.#wanted) void this.deliver();
  }

  /** Whether what is read of the log from now on still holds. */
  #untilItBeginsAnew(): () => boolean {
    const beginnings = this.#beginnings;
    return () => this.#beginnings === beginnings;
  }

  /** What is new after a position. What was purged with it is purged here before clients are told. */
  async #read(after: number): Promise<LogEntry[]> {
    const entries = await this.#log.read(after, CHUNK);
    if (entries.length > 0) await catchUpWithPurges();
    return entries;
  }

  /** Sends one client what it has missed, as fast as it takes it, and no more once these entries do not hold. */
  async #handOn(subscription: Subscription, entries: readonly LogEntry[], holds: () => boolean): Promise<void> {
    const { stream, channels } = subscription;
    if (holds()) subscription.reportGap(entries, this.#frames);
    for (const entry of entries) {
      if (!holds()) return;
      if (channels.has(entry.channel)) await stream.sendPatiently(this.#frames.of(entry), holds);
      if (holds()) subscription.position = entry.position;
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
      for (const entry of entries) this.#deliverOne(entry);
      if (entries.length < CHUNK) return;
    }
  }

  /** The log has lost events that were delivered here, and reuses their numbers: no subscriber's position holds. */
  async #beginAnew(): Promise<void> {
    const { newest } = await this.#log.reach();
    this.#beginnings++;
    this.#cursor = newest;
    this.#frames.clear();
    for (const subscription of this.#subscriptions.all()) subscription.resetTo(newest, this.#frames);
  }

  /** The log has dropped events that this process had yet to read; they may have been for any subscription. */
  #reportGaps(entries: readonly LogEntry[]): void {
    const [first] = entries;
    if (first === undefined || this.#cursor === undefined || first.position <= this.#cursor + 1) return;
    for (const subscription of this.#subscriptions.all()) {
      if (subscription.live) subscription.reportGap(entries, this.#frames);
    }
  }

  #deliverOne(entry: LogEntry): void {
    if (this.#cursor === undefined || entry.position <= this.#cursor) return;
    this.#cursor = entry.position;
    for (const subscription of this.#subscriptions.to(entry.channel)) {
      const { stream, position, live } = subscription;
      if (!live || position >= entry.position) continue;
      if (stream.hasRoom) {
        subscription.position = entry.position;
        stream.send(this.#frames.of(entry));
      } else {
        // It reads on from the log, as fast as it can: nothing more waits for it here.
        subscription.live = false;
        this.catchUp(subscription).catch(() => stream.cut());
      }
    }
  }
}
