import { outbox } from '#kernel/telemetry/record-trace.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';

/** Sends some traces to the collector; rejects where it did not take them. */
export type SendTraces = (traces: readonly RequestTrace[]) => Promise<void>;

interface TraceExporter {
  /** Sends what still waits, for so many milliseconds at most, and ends. */
  stop(budget: number): Promise<void>;
}

/** Milliseconds between two looks at the queue. */
const INTERVAL = 1_000;
/** Traces of one request to the collector: few, since they are turned into JSON in one go. */
const BATCH = 32;
/** Milliseconds between two lines in the log about what was lost. */
const MINUTE = 60_000;

/**
 * Takes finished traces out of the queue and sends them, one batch after the other. A collector that hangs, fails or is
 * away costs traces and nothing else: they are counted, and told once a minute.
 */
export function startTraceExporter(send: SendTraces, warn: (message: string) => void): TraceExporter {
  const box = outbox();
  const complaints = new Complaints(warn);
  let sending: Promise<void> | undefined;

  const sendAll = async () => {
    while (box.waiting.length > 0) {
      const batch = box.waiting.splice(0, BATCH);
      try {
        await send(batch);
        box.exported += batch.length;
      } catch (thrown) {
        box.lost.failed += batch.length;
        complaints.reason = (thrown as Error).message;
      }
    }
  };
  const begin = () => {
    sending ??= sendAll().finally(() => {
      sending = undefined;
    });
    return sending;
  };
  const timer = setInterval(() => {
    void begin();
    complaints.tell();
  }, INTERVAL).unref();

  return {
    async stop(budget) {
      clearInterval(timer);
      const late = Promise.withResolvers<void>();
      const patience = setTimeout(late.resolve, budget);
      // What was under way takes what waits along.
      await Promise.race([begin(), late.promise]);
      clearTimeout(patience);
    },
  };
}

/** Says how many traces were lost and why, once a minute at most. */
class Complaints {
  /** Why the collector did not take the last ones that it did not take. */
  reason = 'it does not keep up';
  readonly #warn: (message: string) => void;
  #toldAt = Number.NEGATIVE_INFINITY;
  #told = 0;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  tell(): void {
    const { full, failed } = outbox().lost;
    const lost = full + failed - this.#told;
    const now = performance.now();
    if (lost === 0 || now - this.#toldAt < MINUTE) return;
    this.#toldAt = now;
    this.#told += lost;
    this.#warn(`${lost} traces could not be exported. The collector: ${this.reason}`);
  }
}
