import { randomUUID } from 'node:crypto';
import type { Step } from '#kernel/state/state.ts';
import {
  type Inbox,
  MAX_REASON_LENGTH,
  PARKED,
  REMEMBERED,
  type Stored,
  type Taken,
  UNDONE,
  WAITING,
} from './inbox.ts';

const SECOND = 1_000;
/**
 * How long a worker that dies keeps a delivery. A poll later another worker takes it: together within the five seconds
 * in which a delivery must take effect in all instances.
 */
const LEASE = 3 * SECOND;
/** Two renewals may fail before a lease is lost. */
const RENEW_EVERY = SECOND;
const MAX_ATTEMPTS = 8;
const FIRST_PAUSE = SECOND;
const MAX_PAUSE = 3_600 * SECOND;
/** Of what is due: another worker may be about to take the first. */
const LOOKED_AT = 16;
/** Where others have taken all that was due, it is looked again for what has come into its place. */
const MAX_LOOKS = 3;

/**
 * Takes up to `most` deliveries that are due; no other worker gets them before our lease has run out. Where the store
 * does not say whether they are ours, they are put among what is `owed`.
 */
export async function take(inbox: Inbox, most: number, owed = new Set<Taken>()): Promise<Taken[]> {
  for (let looks = 1; ; looks++) {
    const due = await inbox.state.due(WAITING, inbox.now(), Math.max(LOOKED_AT, most));
    const taken: Taken[] = [];
    const wanted: Taken[] = [];
    try {
      while (due.length > 0 && taken.length < most) {
        const next = due.splice(0, most - taken.length);
        const some = await leasable(
          inbox,
          next.map(({ member }) => member),
        );
        wanted.push(...some);
        taken.push(...(await lease(inbox, some)));
      }
    } catch (error) {
      for (const one of wanted) owed.add(one);
      throw error;
    }
    if (taken.length > 0 || wanted.length === 0 || looks >= MAX_LOOKS) return taken;
  }
}

/** Those of them that are to be tried, as they will be stored then; what has gone, or was tried too often, is put away. */
async function leasable({ state, now }: Inbox, keys: readonly string[]): Promise<Taken[]> {
  const found = await state.getMany(keys);
  const some: Taken[] = [];
  for (const [at, key] of keys.entries()) {
    const there = found[at];
    if (there === undefined) {
      await state.commit([{ do: 'dequeue', queue: WAITING, member: key }]);
      continue;
    }
    const { version, value } = there;
    const { lease: last, ...before } = JSON.parse(value) as Stored;
    // Another worker has come between our looks at what is due and at what it is: it has it, or has ended it.
    if (last !== undefined && last.until > now()) continue;
    if (before.state !== 'waiting') {
      // An earlier build may have queued it again; the operator's replay changes its version first.
      await state.commit([
        { do: 'swap', key, version, value, ttl: before.state === 'done' ? REMEMBERED : UNDONE },
        { do: 'dequeue', queue: WAITING, member: key },
      ]);
      continue;
    }
    if (before.attempts >= MAX_ATTEMPTS) {
      await state.commit(
        parking({ key, version, stored: before }, before.reason ?? 'no attempt came to its end', now()),
      );
      continue;
    }
    const stored: Stored = { ...before, attempts: before.attempts + 1 };
    some.push({ key, version, stored, lease: randomUUID() });
  }
  return some;
}

/** Those of them that are ours now: all in one commit, or one by one where another worker has one of them. */
async function lease({ state, now }: Inbox, some: readonly Taken[]): Promise<readonly Taken[]> {
  if (some.length === 0) return [];
  const due = now() + LEASE;
  const commit = (ours: readonly Taken[]) =>
    state.commit(
      ours.flatMap(({ key, version, stored, lease: id }): Step[] => {
        const leased: Stored = { ...stored, lease: { id, until: due } };
        return [
          { do: 'swap', key, version, value: JSON.stringify(leased), ttl: UNDONE },
          { do: 'enqueue', queue: WAITING, member: key, due },
        ];
      }),
    );
  const together = await commit(some);
  const granted =
    together !== undefined || some.length === 1
      ? some.map(() => together)
      : await allOf(some.map((one) => commit([one])));
  const ours = some.filter((one, at) => {
    const version = granted[at]?.get(one.key);
    if (version !== undefined) one.version = version;
    return version !== undefined;
  });
  // What was granted too late may be another's already.
  return now() < due ? ours : renew({ state, now }, ours);
}

/** The values of all, once all have ended: a commit that is on its way must not come after what follows its failure. */
async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/**
 * Renews the leases of these deliveries while they are worked on, and gives back what is owed. That one is lost all the
 * same shows at its end.
 */
export async function holding(
  inbox: Inbox,
  some: readonly Taken[],
  owed: Set<Taken>,
  work: () => Promise<void>,
): Promise<void> {
  let renewal: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    // A store that is slow is not asked again meanwhile.
    renewal ??= renew(inbox, some)
      .then(() => giveBack(inbox, owed))
      .catch(() => undefined)
      .then(() => {
        renewal = undefined;
      });
  }, RENEW_EVERY).unref();
  try {
    await work();
  } finally {
    clearInterval(timer);
    await renewal;
  }
}

/** What has ended, or is another's, is left alone. */
async function renew(inbox: Inbox, some: readonly Taken[]): Promise<readonly Taken[]> {
  return lease(inbox, await stillOurs(inbox, some));
}

/** Those of them that are ours, whether or not the store has told us of our last commit. */
export async function stillOurs({ state }: Inbox, some: readonly Taken[]): Promise<Taken[]> {
  const found = await state.getMany(some.map(({ key }) => key));
  return some.filter((one, at) => {
    const there = found[at];
    if (there === undefined || !isOurs(JSON.parse(there.value), one)) return false;
    one.version = there.version;
    return true;
  });
}

/** A server of an earlier version leaves our lease in what it has taken over, and counts an attempt of its own. */
const isOurs = ({ lease, state, attempts }: Stored, one: Taken): boolean =>
  lease?.id === one.lease && state === 'waiting' && attempts === one.stored.attempts;

/** Puts a delivery back for a later attempt, or parks it after too many. */
export async function fail(inbox: Inbox, taken: Taken, reason: string): Promise<'retried' | 'parked' | 'lost'> {
  const { key, stored } = taken;
  const { now } = inbox;
  if (stored.attempts >= MAX_ATTEMPTS)
    return (await commitOurs(inbox, taken, () => parking(taken, reason, now()))) ? 'parked' : 'lost';
  const failed: Stored = { ...stored, reason: reason.slice(0, MAX_REASON_LENGTH) };
  const pause = Math.min(MAX_PAUSE, FIRST_PAUSE * 4 ** (stored.attempts - 1));
  const isDone = await commitOurs(inbox, taken, ({ version }) => [
    { do: 'swap', key, version, value: JSON.stringify(failed), ttl: UNDONE },
    { do: 'enqueue', queue: WAITING, member: key, due: now() + pause * (0.5 + Math.random() / 2) },
  ]);
  return isDone ? 'retried' : 'lost';
}

/**
 * Gives back deliveries that could not be begun or ended only because the store failed: that counts as no attempt. Each
 * leaves the list; those that the store does not take now stay on it.
 */
export async function giveBack(inbox: Inbox, owed: Set<Taken>): Promise<void> {
  for (const one of owed) {
    const { key, stored } = one;
    const untried: Stored = { ...stored, attempts: stored.attempts - 1 };
    await commitOurs(inbox, one, ({ version }) => [
      { do: 'swap', key, version, value: JSON.stringify(untried), ttl: UNDONE },
      { do: 'enqueue', queue: WAITING, member: key, due: inbox.now() + FIRST_PAUSE },
    ]);
    owed.delete(one);
  }
}

/** Does something to a delivery while it is ours; false where it is no more. */
async function commitOurs(inbox: Inbox, taken: Taken, steps: (taken: Taken) => Step[]): Promise<boolean> {
  while ((await stillOurs(inbox, [taken])).length > 0) if (await inbox.state.commit(steps(taken))) return true;
  return false;
}

function parking({ key, version, stored }: Omit<Taken, 'lease'>, reason: string, now: number): Step[] {
  const parked: Stored = { ...stored, state: 'parked', reason: reason.slice(0, MAX_REASON_LENGTH) };
  return [
    { do: 'swap', key, version, value: JSON.stringify(parked), ttl: UNDONE },
    { do: 'dequeue', queue: WAITING, member: key },
    { do: 'enqueue', queue: PARKED, member: key, due: now },
  ];
}
