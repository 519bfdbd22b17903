import { setImmediate } from 'node:timers/promises';
import {
  bell,
  type Delivery,
  type DeliveryOutcome,
  fail,
  finishDelivery,
  giveBack,
  type Inbox,
  opened,
  type Stored,
  type Taken,
  take,
} from './inbox.ts';
import { isStateError, QUIET_POLL_MS } from './state.ts';

/** What other processes took in is found within this many milliseconds. */
const POLL_INTERVAL_MS = 200;
const PAUSE_AFTER_FAILURE = 1_000;
const SAY_EVERY = 60_000;

export interface InboxWork {
  /** Says what a delivery comes to. What it does itself must bear being done again. */
  readonly handle: (delivery: Stored) => Promise<DeliveryOutcome>;
  /** Called after each end, so that effects are visible here at once. */
  readonly done?: () => Promise<void>;
  /** What went wrong, for the log. */
  readonly report: (error: unknown, delivery?: Delivery) => void;
}

export interface InboxWorker {
  /** Resolves when the delivery in progress has ended; no new one is begun. */
  stop(): Promise<void>;
}

/** Works an inbox off, one delivery after another, until it is stopped. It does not keep the process alive. */
export function startInboxWorker(inbox: Inbox, work: InboxWork): InboxWorker {
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
  const run = async () => {
    let said = Number.NEGATIVE_INFINITY;
    while (!stopping) {
      try {
        rung = false;
        const taken = await take(inbox);
        if (taken === undefined) await rest(doorbell?.isOpen ? QUIET_POLL_MS : POLL_INTERVAL_MS);
        else await attend(inbox, work, taken);
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

/** Works on one delivery. Rejects only where the store does: then it comes again, however long the store is away or full. */
async function attend(inbox: Inbox, { handle, done, report }: InboxWork, taken: Taken): Promise<void> {
  try {
    await finishDelivery(inbox, taken, await handle(opened(inbox, taken.stored)));
  } catch (error) {
    if (isStateError(error)) {
      await giveBack(inbox, taken);
      throw error;
    }
    await fail(inbox, taken, error instanceof Error ? error.message : String(error));
    report(error, taken.stored);
    return;
  }
  await done?.();
}
