import { setImmediate } from 'node:timers/promises';
import { isStateError, QUIET_POLL_MS } from '#kernel/state/state.ts';
import { bell, type Delivery, type DeliveryOutcome, type Inbox, opened, type Stored, type Taken } from './inbox.ts';
import { finishDelivery, finishTogether, type Worked } from './inbox-ends.ts';
import { fail, giveBack, holding, take } from './inbox-leases.ts';

/** What other processes took in is found within this many milliseconds. */
const POLL_INTERVAL_MS = 200;
const PAUSE_AFTER_FAILURE = 1_000;
/** So many deliveries share their round trips. */
const TOGETHER = 32;
/** One that takes longer than this ends alone, and keeps none of the others from their end. */
const SLOW_MS = 1_000;
const SAY_EVERY = 60_000;
/** What takes longer hangs: it has failed, and the worker goes on. */
const MAX_WORK_MS = 60_000;

export interface InboxWork {
  /** Says what a delivery comes to. What it does itself must bear being done again. */
  readonly handle: (delivery: Stored) => Promise<DeliveryOutcome>;
  /** Called after each end, so that effects are visible here at once. */
  readonly done?: () => Promise<void>;
  /** What went wrong, for the log. */
  readonly report: (error: unknown, delivery?: Delivery) => void;
}

export interface InboxWorker {
  /** Resolves when the deliveries in progress have ended; no new one is begun. */
  stop(): Promise<void>;
}

/**
 * Works an inbox off until it is stopped: one delivery after another, or several together where each call of the state is
 * a round trip. It does not keep the process alive.
 */
export function startInboxWorker(inbox: Inbox, work: InboxWork): InboxWorker {
  const most = inbox.state.isRemote ? TOGETHER : 1;
  let stopping = false;
  let rung = false;
  let wake: (() => void) | undefined;
  const ring = () => {
    rung = true;
    wake?.();
  };
  bell().on('ring', ring);
  const { doorbell } = inbox.state;
  const hangUp = doorbell?.on(ring);

  const rest = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (stopping || rung) wake();
    });
  /** What the store has not let us give back yet. */
  const owed = new Set<Taken>();
  const run = async () => {
    let said = Number.NEGATIVE_INFINITY;
    while (!stopping) {
      try {
        rung = false;
        await giveBack(inbox, owed);
        const taken = await take(inbox, most, owed);
        if (taken.length === 0) await rest(doorbell?.isOpen ? QUIET_POLL_MS : POLL_INTERVAL_MS);
        else await holding(inbox, taken, owed, () => attend(inbox, work, taken, owed));
        // Each turn is synchronous inside; other work of the process runs in between.
        await setImmediate();
      } catch (error) {
        // A store that is away or full is reported once a minute, not every second.
        if (performance.now() - said > SAY_EVERY) {
          work.report(error);
          said = performance.now();
        }
        await rest(PAUSE_AFTER_FAILURE);
      }
    }
    await giveBack(inbox, owed).catch(() => undefined);
  };
  const ended = run();
  return {
    async stop() {
      stopping = true;
      bell().off('ring', ring);
      hangUp?.();
      wake?.();
      await ended;
    },
  };
}

/** Works on some. Rejects only where the store does: then they come again, however long the store is away or full. */
async function attend(inbox: Inbox, work: InboxWork, taken: readonly Taken[], owed: Set<Taken>): Promise<void> {
  const failures: unknown[] = [];
  const orFail = (one: Taken, attempt: () => Promise<unknown>) =>
    attempt().catch((error) => failed(inbox, work, one, error, owed).catch((thrown) => failures.push(thrown)));
  const worked: Worked[] = [];
  let isLate = false;
  const attempts = Promise.all(
    taken.map((one) =>
      orFail(one, async () => {
        const outcome = await inTime(work.handle(opened(inbox, one.stored)));
        if (isLate) await finishDelivery(inbox, one, outcome);
        else worked.push({ taken: one, outcome });
      }),
    ),
  );
  await within(SLOW_MS, attempts);
  isLate = true;
  // What does not go together for whatever reason does so one by one, or fails alone.
  const single = await finishTogether(inbox, worked).catch(() => worked);
  for (const { taken: one, outcome } of single) await orFail(one, () => finishDelivery(inbox, one, outcome));
  await attempts;
  await work.done?.();
  if (failures.length > 0) throw failures[0];
}

/** Resolves with the work, or after so many milliseconds. */
function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Rejects where work does not end. */
function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no end within a minute')), MAX_WORK_MS);
    timer.unref();
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Rejects where it was the store that failed: that is no attempt of the delivery's own. */
async function failed(
  inbox: Inbox,
  { report }: InboxWork,
  taken: Taken,
  error: unknown,
  owed: Set<Taken>,
): Promise<void> {
  if (isStateError(error)) {
    owed.add(taken);
    await giveBack(inbox, owed);
    throw error;
  }
  await fail(inbox, taken, error instanceof Error ? error.message : String(error));
  report(error, taken.stored);
}
