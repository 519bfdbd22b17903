import { hash } from 'node:crypto';
import { lengthPrefixed } from '#kernel/base/json/json-value.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import type { Step, StoredValue } from '#kernel/state/state.ts';
import {
  type Delivery,
  type DeliveryOutcome,
  type Inbox,
  REMEMBERED,
  type Stored,
  type Taken,
  WAITING,
} from './inbox.ts';
import { stillOurs } from './inbox-leases.ts';

const DAY = 86_400_000;
/** Longer than the retries of any sender, so that a late event is recognised as old. */
const VERSION_TTL = 30 * DAY;

/** Where the last version of an object is. Its id may be a customer's. */
const versionKey = (sender: string, id: string) =>
  `inbox:version:${hash('sha256', lengthPrefixed([sender, id]), 'base64url')}`;

const indexOf = ({ stored: { sender } }: Taken, { object }: DeliveryOutcome): string | undefined =>
  object && versionKey(sender, object.id);

/** A delivery whose work is done, and what it comes to. */
export interface Worked {
  readonly taken: Taken;
  readonly outcome: DeliveryOutcome;
}

/**
 * Ends a delivery and does its steps in one commit: a process that dies before it has done neither, and one that dies
 * after it has done both. `lost` if our lease ran out and another worker took over.
 */
export async function finishDelivery(
  inbox: Inbox,
  taken: Taken,
  outcome: DeliveryOutcome,
): Promise<Ended['outcome'] | 'lost'> {
  const { state, now } = inbox;
  const index = indexOf(taken, outcome);
  for (;;) {
    const end = endOf({ taken, outcome }, index === undefined ? undefined : await state.get(index));
    if (await state.commit(end.steps)) {
      remember(taken, end.outcome, now());
      return end.outcome;
    }
    if ((await stillOurs(inbox, [taken])).length === 0) return 'lost';
    // Only its object's version, or its own, is another than we knew: try again.
  }
}

/**
 * Ends several in one commit, each as `finishDelivery` does. Resolves with those that are to be ended by themselves: all,
 * where one of them is another's by now, and of one object all but the first.
 */
export async function finishTogether({ state, now }: Inbox, worked: readonly Worked[]): Promise<readonly Worked[]> {
  if (worked.length < 2) return worked;
  const indexes = worked.map(({ taken, outcome }) => indexOf(taken, outcome));
  const isFirst = indexes.map((index, at) => index === undefined || indexes.indexOf(index) === at);
  const together = worked.filter((_, at) => isFirst[at]);
  const named = indexes.filter((index) => index !== undefined);
  const there = await state.getMany(named);
  const last = new Map(named.map((index, at) => [index, there[at]]));
  const ends = together.map((one) => endOf(one, last.get(indexOf(one.taken, one.outcome) ?? '')));
  if (!(await state.commit(ends.flatMap(({ steps }) => steps)))) return worked;
  for (const [at, { outcome }] of ends.entries()) remember((together[at] as Worked).taken, outcome, now());
  return worked.filter((_, at) => !isFirst[at]);
}

/** What ends one, if the last version of its object is this. */
function endOf(
  { taken: { key, version, stored }, outcome: { steps, object } }: Worked,
  last: StoredValue | undefined,
): { readonly outcome: Ended['outcome']; readonly steps: Step[] } {
  const done: Stored = { ...stored, state: 'done', body: '', sealed: undefined };
  const end: Step[] = [
    { do: 'swap', key, version, value: JSON.stringify(done), ttl: REMEMBERED },
    { do: 'dequeue', queue: WAITING, member: key },
  ];
  if (object === undefined) return { outcome: 'applied', steps: [...end, ...steps] };
  if (last !== undefined && Number(last.value) > object.version) return { outcome: 'outdated', steps: end };
  const newest = { key: versionKey(stored.sender, object.id), value: String(object.version), ttl: VERSION_TTL };
  const index: Step =
    last === undefined ? { do: 'claim', ...newest } : { do: 'swap', version: last.version, ...newest };
  return { outcome: 'applied', steps: [...end, index, ...steps] };
}

/** A delivery that has ended in this process, and when, in milliseconds since 1970. */
export interface Ended extends Pick<Delivery, 'sender' | 'id' | 'type'> {
  readonly outcome: 'applied' | 'outdated';
  readonly at: number;
}

const MAX_ENDED = 50;
const ended = (): Ended[] => processSingleton('inbox ended', () => []);

function remember({ stored: { sender, id, type } }: Taken, outcome: Ended['outcome'], at: number): void {
  const ends = ended();
  ends.push({ sender, id, type, outcome, at });
  if (ends.length > MAX_ENDED) ends.shift();
}

/** The last deliveries that this process has brought to their end, newest first. */
export const lastEnded = (): Ended[] => ended().toReversed();
