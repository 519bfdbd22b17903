import { hash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { lengthPrefixed } from '#kernel/base/json/json-value.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import type { Seal } from './seal.ts';
import { type State, type Step, stateError } from './state.ts';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
/** A finished delivery is remembered for so long, to recognise its copies. */
const REMEMBERED = 7 * DAY;
/** What is not done yet outlives any outage of ours. */
const UNDONE = 90 * DAY;
/** Longer than the retries of any sender, so that a late event is recognised as old. */
const VERSION_TTL = 30 * DAY;
/**
 * Who takes a delivery and dies has it for so long. With a poll after it, another works it off within the five seconds in
 * which what its sender was told of is to be seen everywhere.
 */
const LEASE = 3 * SECOND;
const MAX_ATTEMPTS = 8;
const FIRST_PAUSE = SECOND;
const MAX_PAUSE = 3_600 * SECOND;
/** More than this waiting is refused: the sender will try again. */
const MAX_WAITING = 100_000;
/** The same for unreadable deliveries, which are stored as they came: some hundreds of megabytes at worst. */
const MAX_PARKED = 10_000;
const AT_ONCE = 1_000;
const COUNT_INTERVAL = SECOND;
const MAX_REASON_LENGTH = 500;

/** Where the last version of an object is. Its id may be a customer's. */
const versionKey = (sender: string, id: string) =>
  `inbox:version:${hash('sha256', lengthPrefixed([sender, id]), 'base64url')}`;

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
  /** Why it was parked, or failed last. */
  readonly reason?: string;
}

/** A delivery under our lease. */
export interface Taken {
  readonly key: string;
  readonly version: number;
  readonly stored: Stored;
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

/** Rings when this process has stored a delivery, so that the worker need not wait for its next poll. */
export const bell = (): EventEmitter => processSingleton('inbox bell', () => new EventEmitter());

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
  const isNew = await state.commit(
    [
      { do: 'claim', key, value: JSON.stringify(stored), ttl: UNDONE },
      { do: 'enqueue', queue, member: key, due: receivedAt },
    ],
    { durable: true },
  );
  const anew = isNew || (unreadable === undefined && (await replay(inbox, delivery)));
  if (anew) bell().emit('ring');
  return anew ? 'new' : 'seen';
}

/** Takes one delivery that is due; no other worker gets it before our lease has run out. */
export async function take({ state, now }: Inbox): Promise<Taken | undefined> {
  for (const { member: key } of await state.due(WAITING, now(), 16)) {
    const found = await state.get(key);
    if (found === undefined) {
      await state.commit([{ do: 'dequeue', queue: WAITING, member: key }]);
      continue;
    }
    const before = JSON.parse(found.value) as Stored;
    if (before.attempts >= MAX_ATTEMPTS) {
      await park(
        state,
        { key, version: found.version, stored: before },
        before.reason ?? 'no attempt came to its end',
        now(),
      );
      continue;
    }
    const stored: Stored = { ...before, attempts: before.attempts + 1 };
    const leased = await state.commit([
      { do: 'swap', key, version: found.version, value: JSON.stringify(stored), ttl: UNDONE },
      { do: 'enqueue', queue: WAITING, member: key, due: now() + LEASE },
    ]);
    const ours = leased ? await state.get(key) : undefined;
    if (ours !== undefined) return { key, version: ours.version, stored };
  }
  return undefined;
}

/**
 * Ends a delivery and does its steps in one commit: a process that dies before it has done neither, and one that dies
 * after it has done both. `lost` if our lease ran out and another worker took over.
 */
export async function finishDelivery(
  { state, now }: Inbox,
  taken: Taken,
  { steps, object }: DeliveryOutcome,
): Promise<'applied' | 'outdated' | 'lost'> {
  const { key, version, stored } = taken;
  const done: Stored = { ...stored, state: 'done', body: '', sealed: undefined };
  const end: Step[] = [
    { do: 'swap', key, version, value: JSON.stringify(done), ttl: REMEMBERED },
    { do: 'dequeue', queue: WAITING, member: key },
  ];
  const index = object && versionKey(stored.sender, object.id);
  for (;;) {
    const lastVersion = index === undefined ? undefined : await state.get(index);
    const outdated = lastVersion !== undefined && object !== undefined && Number(lastVersion.value) > object.version;
    const versionStep: Step[] = [];
    if (index !== undefined && object !== undefined) {
      const newest = { key: index, value: String(object.version), ttl: VERSION_TTL };
      versionStep.push(
        lastVersion === undefined
          ? { do: 'claim', ...newest }
          : { do: 'swap', version: lastVersion.version, ...newest },
      );
    }
    if (await state.commit(outdated ? end : [...end, ...versionStep, ...steps])) {
      const outcome = outdated ? 'outdated' : 'applied';
      remember({ sender: stored.sender, id: stored.id, type: stored.type, outcome, at: now() });
      return outcome;
    }
    if ((await state.get(key))?.version !== version) return 'lost';
    // Only the object's version has changed meanwhile: try again.
  }
}

/** Puts a delivery back for a later attempt, or parks it after too many. */
export async function fail({ state, now }: Inbox, taken: Taken, reason: string): Promise<'retried' | 'parked'> {
  const { key, version, stored } = taken;
  if (stored.attempts >= MAX_ATTEMPTS) {
    await park(state, taken, reason, now());
    return 'parked';
  }
  const failed: Stored = { ...stored, reason: reason.slice(0, MAX_REASON_LENGTH) };
  const pause = Math.min(MAX_PAUSE, FIRST_PAUSE * 4 ** (stored.attempts - 1));
  await state.commit([
    { do: 'swap', key, version, value: JSON.stringify(failed), ttl: UNDONE },
    { do: 'enqueue', queue: WAITING, member: key, due: now() + pause * (0.5 + Math.random() / 2) },
  ]);
  return 'retried';
}

/** Puts a delivery back that failed only because of the store: that was no attempt of its own. */
export async function giveBack({ state, now }: Inbox, { key, version, stored }: Taken): Promise<void> {
  const untried: Stored = { ...stored, attempts: stored.attempts - 1 };
  await state.commit([
    { do: 'swap', key, version, value: JSON.stringify(untried), ttl: UNDONE },
    { do: 'enqueue', queue: WAITING, member: key, due: now() + FIRST_PAUSE },
  ]);
}

async function park(state: State, { key, version, stored }: Taken, reason: string, now: number): Promise<void> {
  const parked: Stored = { ...stored, state: 'parked', reason: reason.slice(0, MAX_REASON_LENGTH) };
  await state.commit([
    { do: 'swap', key, version, value: JSON.stringify(parked), ttl: UNDONE },
    { do: 'dequeue', queue: WAITING, member: key },
    { do: 'enqueue', queue: PARKED, member: key, due: now },
  ]);
}

/** A delivery that has ended in this process, and when, in milliseconds since 1970. */
export interface Ended extends Pick<Delivery, 'sender' | 'id' | 'type'> {
  readonly outcome: 'applied' | 'outdated';
  readonly at: number;
}

const MAX_ENDED = 50;
const ended = (): Ended[] => processSingleton('inbox ended', () => []);

function remember(end: Ended): void {
  const ends = ended();
  ends.push(end);
  if (ends.length > MAX_ENDED) ends.shift();
}

/** The last deliveries that this process has brought to their end, newest first. */
export const lastEnded = (): Ended[] => ended().toReversed();

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
  return state.commit(
    [
      { do: 'swap', key, version: found.version, value: JSON.stringify(waiting), ttl: UNDONE },
      { do: 'dequeue', queue: PARKED, member: key },
      { do: 'enqueue', queue: WAITING, member: key, due: now() },
    ],
    { durable: true },
  );
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
