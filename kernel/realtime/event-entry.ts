import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import type { Topic } from '#kernel/contract/topic.ts';

/** The stored stream of all events of all channels, in the order in which they were published. */
export const EVENT_STREAM_NAME = 'events';
/** How many events can be resumed from. */
const MAX_ENTRIES = 5_000;
/** An event says that something has changed, and perhaps what; it is not for documents. */
const MAX_DATA = 16_384;
const EVENT = /^[a-z][a-z0-9.-]{0,63}$/;

/** What `State.append` takes to publish an event: for callers that publish in one commit with something else. */
export interface EventEntry {
  readonly stream: typeof EVENT_STREAM_NAME;
  readonly value: string;
  readonly maxEntries: number;
}

export interface StoredEvent {
  readonly channel: string;
  readonly event: string;
  /** JSON. */
  readonly data: string;
}

/**
 * Writes an event down. A personal topic needs the scope of its principal. Throws a RangeError if the name is invalid
 * or the data too big, and a TypeError if a personal event has no principal.
 */
export function eventEntry(topic: Topic, event: string, data: unknown, scope: Scope = PUBLIC): EventEntry {
  if (!EVENT.test(event)) throw new RangeError(`"${event}" is no name for an event`);
  const text = JSON.stringify(data);
  if (Buffer.byteLength(text) > MAX_DATA) throw new RangeError(`the data of an event has at most ${MAX_DATA} bytes`);
  return { stream: EVENT_STREAM_NAME, value: `${channelOf(topic, scope)}\n${event}\n${text}`, maxEntries: MAX_ENTRIES };
}

/** Reads an event back. None of its three parts has a line end, so its channel can be read without parsing. */
export function readEvent(value: string): StoredEvent {
  const first = value.indexOf('\n');
  const second = value.indexOf('\n', first + 1);
  return { channel: value.slice(0, first), event: value.slice(first + 1, second), data: value.slice(second + 1) };
}

/** The name of a channel's topic. */
export const topicOf = (channel: string): string => channel.split(' ', 1)[0] as string;

/**
 * Where a topic's events run: one channel for all, or one for each principal. The channel is made from the credential,
 * so that no name that a client sends leads to another's. Throws a TypeError if a personal topic has no principal.
 */
export function channelOf({ name, audience }: Topic, scope: Scope): string {
  if (audience === 'public') return name;
  if (scope === PUBLIC) throw new TypeError(`the topic "${name}" is personal: it needs a principal`);
  return `${name} ${scope}`;
}
