import { EventEmitter } from 'node:events';
import { lengthPrefixed } from '#kernel/base/json/json-value.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import type { Seal } from '#kernel/state/seal.ts';
import { type Doorbell, type State, type Step, stateError } from '#kernel/state/state.ts';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
/** Milliseconds: what is not done yet outlives any outage of ours. */
export const UNDONE = 90 * DAY;
/** A finished delivery is remembered for so long, to recognise its copies. */
export const REMEMBERED = 7 * DAY;
/** More than this waiting is refused: the sender will try again. */
const MAX_WAITING = 100_000;
/** The same for unreadable deliveries, which are stored as they came: some hundreds of megabytes at worst. */
const MAX_PARKED = 10_000;
const AT_ONCE = 1_000;
const COUNT_INTERVAL = SECOND;
export const MAX_REASON_LENGTH = 500;

export const WAITING = 'inbox';
export const PARKED = 'inbox:parked';

/** A webhook delivery. `id` is unique within its sender; `body` is the JSON text that the work needs. */
export interface Delivery {
  readonly sender: string;
  readonly id: string;
  readonly type: string;
  readonly body: string;
}

/** A delivery as it is stored, its body sealed if there is a seal; times are milliseconds since 1970. */
export interface Stored extends Delivery {
  readonly sealed?: true | undefined;
  readonly state: 'waiting' | 'parked' | 'done';
  readonly receivedAt: number;
  /** How many attempts were begun. */
  readonly attempts: number;
  /** The worker that has it, and until when. */
  readonly lease?: { readonly id: string; readonly until: number } | undefined;
  /** Why it was parked, or failed last. */
  readonly reason?: string;
}

/** A delivery under our lease. */
export interface Taken {
  readonly key: string;
  readonly stored: Stored;
  /** What its lease is known by. */
  readonly lease: string;
  /** Rises with each renewal. */
  version: number;
}

/** What a delivery comes to: steps that are done with its end, exactly once, unless its object has moved on since. */
export interface DeliveryOutcome {
  readonly steps: readonly Step[];
  /** The object that it is about. A version lower than the last one has no effect; an equal one has. */
  readonly object?: { readonly id: string; readonly version: number };
}

export interface Inbox {
  readonly state: State;
  readonly seal?: Seal;
  now(): number;
}

const bell = (): EventEmitter => processSingleton('inbox bell', () => new EventEmitter());

/** Rings when this process has stored a delivery, so that the worker need not wait for its next poll. */
export const arrivals: Pick<Doorbell, 'on'> = {
  on(listener) {
    bell().on('ring', listener);
    return () => void bell().off('ring', listener);
  },
};

/**
 * Stores a delivery durably before its sender is answered; one that is `unreadable` is parked at once. A copy of one
 * that was stored within seven days is `seen`, unless that one is parked: then it had no effect, and is tried anew.
 * Rejects with a StateError if it can't be stored.
 */
export async function accept(inbox: Inbox, delivery: Delivery, unreadable?: string): Promise<'new' | 'seen'> {
  const { state, now } = inbox;
  const key = keyOf(delivery);
  const queue = unreadable === undefined ? WAITING : PARKED;
  if (await isFull(inbox, queue)) {
    if (await state.get(key)) return 'seen';
    throw stateError(`the ${queue} is full`);
  }
  const receivedAt = now();
  const parked = unreadable === undefined ? {} : { reason: unreadable.slice(0, MAX_REASON_LENGTH) };
  const stored: Stored = {
    ...delivery,
    ...closed(inbox, delivery),
    state: unreadable === undefined ? 'waiting' : 'parked',
    receivedAt,
    attempts: 0,
    ...parked,
  };
  const versions = await state.commit(
    [
      { do: 'claim', key, value: JSON.stringify(stored), ttl: UNDONE },
      { do: 'enqueue', queue, member: key, due: receivedAt },
    ],
    { durable: true },
  );
  const anew = versions !== undefined || (unreadable === undefined && (await replay(inbox, delivery)));
  if (anew) bell().emit('ring');
  return anew ? 'new' : 'seen';
}

/**
 * Lets a parked delivery be tried anew, from its first attempt on, as it is stored or as it has come again; resolves
 * with whether it was parked.
 */
export async function replay(
  inbox: Inbox,
  delivery: Delivery | Stored | Pick<Delivery, 'sender' | 'id'>,
): Promise<boolean> {
  const { state, now } = inbox;
  const key = keyOf(delivery);
  const found = await state.get(key);
  const stored = found && (JSON.parse(found.value) as Stored);
  if (found === undefined || stored?.state !== 'parked') return false;
  // The copy may be complete where the stored one was not.
  const again = 'body' in delivery && !('state' in delivery) ? closed(inbox, delivery) : {};
  const waiting: Stored = { ...stored, ...delivery, ...again, state: 'waiting', attempts: 0 };
  const versions = await state.commit(
    [
      { do: 'swap', key, version: found.version, value: JSON.stringify(waiting), ttl: UNDONE },
      { do: 'dequeue', queue: PARKED, member: key },
      { do: 'enqueue', queue: WAITING, member: key, due: now() },
    ],
    { durable: true },
  );
  return versions !== undefined;
}

/** Counting costs more the more there are, so it is done now and then. */
async function isFull(inbox: Inbox, queue: typeof WAITING | typeof PARKED): Promise<boolean> {
  const { state, now } = inbox;
  const lastCount = processSingleton(`fill of ${queue}`, () => ({ at: 0, count: 0 }));
  if (Math.abs(now() - lastCount.at) >= COUNT_INTERVAL) {
    if (queue === PARKED) await forgetParked(inbox);
    lastCount.count = await state.queued(queue);
    lastCount.at = now();
  }
  return lastCount.count >= (queue === PARKED ? MAX_PARKED : MAX_WAITING);
}

/** What was parked for so long is gone; this takes it out of the queue. */
export async function forgetParked({ state, now }: Inbox): Promise<void> {
  for (;;) {
    const gone = await state.due(PARKED, now() - UNDONE, AT_ONCE);
    if (gone.length === 0) return;
    await state.commit(gone.map(({ member }) => ({ do: 'dequeue', queue: PARKED, member })));
  }
}

/** The stored form of a body: it may hold personal data until it is processed. */
function closed({ seal }: Inbox, delivery: Delivery): Pick<Stored, 'body' | 'sealed'> {
  const { body } = delivery;
  return seal === undefined ? { body, sealed: undefined } : { body: seal.seal(body, keyOf(delivery)), sealed: true };
}

/** A delivery with its body as it came. Throws where the key that sealed it is gone. */
export function opened({ seal }: Inbox, stored: Stored): Stored {
  if (!stored.sealed) return stored;
  const body = seal?.open(stored.body, keyOf(stored));
  if (body === undefined) throw new Error('its body was sealed with a key that is gone');
  return { ...stored, body };
}

const keyOf = ({ sender, id }: Pick<Delivery, 'sender' | 'id'>) => `inbox:${lengthPrefixed([sender, id])}`;
