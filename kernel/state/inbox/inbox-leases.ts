import type { State, Step } from '../state.ts';
import { type Inbox, MAX_REASON_LENGTH, PARKED, type Stored, type Taken, UNDONE, WAITING } from './inbox.ts';

const SECOND = 1_000;
/**
 * Who takes a delivery and dies has it for so long. With a poll after it, another works it off within the five seconds in
 * which what its sender was told of is to be seen everywhere.
 */
const LEASE = 3 * SECOND;
const MAX_ATTEMPTS = 8;
const FIRST_PAUSE = SECOND;
const MAX_PAUSE = 3_600 * SECOND;
/** Of what is due: another worker may be about to take the first. */
const LOOKED_AT = 16;
/** Where others have taken all that was due, it is looked again for what has come into its place. */
const MAX_LOOKS = 3;

/** One that may be taken, as it will be stored then; `version` is what it has until then. */
interface Leasable extends Taken {
  readonly text: string;
}

/** Takes up to `most` deliveries that are due; no other worker gets them before our lease has run out. */
export async function take(inbox: Inbox, most: number): Promise<Taken[]> {
  for (let looks = 1; ; looks++) {
    const due = await inbox.state.due(WAITING, inbox.now(), Math.max(LOOKED_AT, most));
    const taken: Taken[] = [];
    let wanted = 0;
    while (due.length > 0 && taken.length < most) {
      const some = await leasable(
        inbox,
        due.splice(0, most - taken.length).map(({ member }) => member),
      );
      wanted += some.length;
      taken.push(...(await lease(inbox, some)));
    }
    if (taken.length > 0 || wanted === 0 || looks >= MAX_LOOKS) return taken;
  }
}

/** Those of them that are to be tried; what has gone, or was tried too often, is put away. */
async function leasable({ state, now }: Inbox, keys: readonly string[]): Promise<Leasable[]> {
  const found = await state.getMany(keys);
  const some: Leasable[] = [];
  for (const [at, key] of keys.entries()) {
    const there = found[at];
    if (there === undefined) {
      await state.commit([{ do: 'dequeue', queue: WAITING, member: key }]);
      continue;
    }
    const { version, value } = there;
    const before = JSON.parse(value) as Stored;
    if (before.attempts >= MAX_ATTEMPTS) {
      const reason = before.reason ?? 'no attempt came to its end';
      await park(state, { key, version, stored: before }, reason, now());
      continue;
    }
    const stored: Stored = { ...before, attempts: before.attempts + 1 };
    some.push({ key, version, stored, text: JSON.stringify(stored) });
  }
  return some;
}

/** Those of them that are ours now: all in one commit, or one by one where another worker has one of them. */
async function lease({ state, now }: Inbox, some: readonly Leasable[]): Promise<Taken[]> {
  if (some.length === 0) return [];
  const due = now() + LEASE;
  const steps = ({ key, version, text }: Leasable): Step[] => [
    { do: 'swap', key, version, value: text, ttl: UNDONE },
    { do: 'enqueue', queue: WAITING, member: key, due },
  ];
  let ours = some;
  if (!(await state.commit(some.flatMap(steps)))) {
    const leased = await Promise.all(some.map((one) => (some.length > 1 ? state.commit(steps(one)) : false)));
    ours = some.filter((_, at) => leased[at]);
  }
  const there = await state.getMany(ours.map(({ key }) => key));
  return ours.flatMap(({ key, stored, text }, at) => {
    const { version, value } = there[at] ?? {};
    // A lease that has run out by now may be another's.
    return version === undefined || value !== text ? [] : [{ key, version, stored }];
  });
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
