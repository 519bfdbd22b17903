import { setImmediate } from 'node:timers/promises';
import { isStateError, QUIET_POLL_MS } from '#kernel/state/state.ts';
import { startWorkerLoop, type WorkerLoop } from '#services/state/worker-loop.ts';
import { arrivals, type Delivery, type DeliveryOutcome, type Inbox, opened, type Stored, type Taken } from './inbox.ts';
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

/**
 * Works an inbox off until it is stopped: one delivery after another, or several together where each call of the state is
 * a round trip. The deliveries in progress end first.
 */
export function startInboxWorker(inbox: Inbox, work: InboxWork): WorkerLoop {
  const most = inbox.state.isRemote ? TOGETHER : 1;
  const { doorbell } = inbox.state;
  /** What the store has not let us give back yet. */
  const owed = new Set<Taken>();
  let said = Number.NEGATIVE_INFINITY;
  const turn = async () => {
    try {
      await giveBack(inbox, owed);
      const taken = await take(inbox, most, owed);
      if (taken.length === 0) return doorbell?.isOpen ? QUIET_POLL_MS : POLL_INTERVAL_MS;
      await holding(inbox, taken, owed, () => attend(inbox, work, taken, owed));
      // Each turn is synchronous inside; other work of the process runs in between.
      await setImmediate();
      return 0;
    } catch (error) {
      // A store that is away or full is reported once a minute, not every second.
      if (performance.now() - said > SAY_EVERY) {
        work.report(error);
        said = performance.now();
      }
      return PAUSE_AFTER_FAILURE;
    }
  };
  const loop = startWorkerLoop(turn, doorbell ? [arrivals, doorbell] : [arrivals]);
  return {
    async stop() {
      await loop.stop();
      await giveBack(inbox, owed).catch(() => undefined);
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
