import { topicOf } from './event-entry.ts';
import type { EventFrames } from './event-frames.ts';
import type { LogEntry } from './event-log.ts';
import type { EventStream } from './event-stream.ts';

/** What a stream is sent of the log, and how far it has come in it. */
export class Subscription {
  readonly stream: EventStream;
  readonly channels: ReadonlySet<string>;
  /** The last event of the log that it has or that is none of its. */
  position: number;
  /** False while it is reading what it has missed. */
  live: boolean;

  constructor(stream: EventStream, channels: ReadonlySet<string>, position: number, live: boolean) {
    this.stream = stream;
    this.channels = channels;
    this.position = position;
    this.live = live;
  }

  /** Says where the log has forgotten what its client had yet to get: it goes on with what is left. */
  reportGap([first]: readonly LogEntry[], frames: EventFrames): void {
    if (first !== undefined && first.position > this.position + 1) this.resetTo(first.position - 1, frames);
  }

  /** Goes on from a position, and says that events were lost. */
  resetTo(position: number, frames: EventFrames): void {
    this.position = position;
    this.stream.send(frames.reset(position));
  }
}

/** The subscriptions of this process, by channel and by stream. */
export class Subscriptions {
  readonly #channels = new Map<string, Set<Subscription>>();
  readonly #byStream = new WeakMap<EventStream, Subscription>();

  get isEmpty(): boolean {
    return this.#channels.size === 0;
  }

  /** Takes a subscription in, for as long as its stream is open. */
  add(subscription: Subscription): void {
    const { stream, channels } = subscription;
    this.#byStream.set(stream, subscription);
    for (const channel of channels) {
      const listening = this.#channels.get(channel) ?? new Set();
      this.#channels.set(channel, listening.add(subscription));
    }
    stream.onClose(() => {
      for (const channel of channels) {
        const listening = this.#channels.get(channel);
        listening?.delete(subscription);
        if (listening?.size === 0) this.#channels.delete(channel);
      }
    });
  }

  all(): Set<Subscription> {
    return new Set([...this.#channels.values()].flatMap((listening) => [...listening]));
  }

  to(channel: string): Iterable<Subscription> {
    return this.#channels.get(channel) ?? [];
  }

  of(stream: EventStream): Subscription | undefined {
    return this.#byStream.get(stream);
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
}
