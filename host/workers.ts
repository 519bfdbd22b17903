import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';

/** What a worker tells of itself; it is stored per process, so workers of the build before it say it alike. */
const READY = 'ready';
/** Milliseconds before a worker that has ended is replaced, doubled with each that ends before it was ready. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/** Several processes that serve one port. */
export interface Workers {
  /** Puts new ones in the place of all, one by one, each once its successor is ready. */
  replaceAll(): Promise<void>;
  /** Drains all; resolves once they have ended, with the exit code for this process. */
  stop(): Promise<number>;
}

interface WorkersOptions {
  readonly count: number;
  /** A line for the log: a worker that ended by itself, or a restart that was given up. */
  readonly warn: (details: Readonly<Record<string, unknown>>, message: string) => void;
}

/** Called by a worker once it serves. */
export function reportReady(): void {
  process.send?.(READY);
}

/**
 * Starts workers that run this program again (node:cluster: this process accepts connections and hands them out in
 * turn), and replaces those that end. Resolves once all are ready, and rejects if the first one ends before.
 */
export async function startWorkers({ count, warn }: WorkersOptions): Promise<Workers> {
  const workers = new Set<Worker>();
  let stopping = false;
  let replacing: Promise<void> = Promise.resolve();
  let failures = 0;

  /** Resolves with a worker that is ready, or with undefined if it ended before. */
  const start = async (): Promise<Worker | undefined> => {
    const worker = cluster.fork();
    workers.add(worker);
    const ended = once(worker, 'exit').then(() => undefined);
    ended.then(() => workers.delete(worker));
    const ready = new Promise<Worker>((resolve) =>
      worker.on('message', (message) => message === READY && resolve(worker)),
    );
    const started = await Promise.race([ready, ended]);
    failures = started ? 0 : failures + 1;
    if (started) replaceAtEnd(started);
    return started;
  };

  const replaceAtEnd = (worker: Worker) =>
    worker.once('exit', async (code, signal) => {
      if (stopping || worker.exitedAfterDisconnect || retired.has(worker)) return;
      warn({ pid: worker.process.pid, code, signal }, 'a worker ended, another one takes its place');
      await startAgain();
    });

  const startAgain = async (): Promise<void> => {
    while (!stopping) {
      await pause(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures));
      if (stopping || (await start())) return;
    }
  };

  /** Those that were told to end: nobody takes their place. */
  const retired = new Set<Worker>();
  const retire = async (worker: Worker): Promise<void> => {
    if (!workers.has(worker)) return;
    retired.add(worker);
    const ended = once(worker, 'exit');
    worker.process.kill('SIGTERM');
    await ended;
  };

  const replaceEach = async (): Promise<void> => {
    for (const worker of [...workers]) {
      if (stopping) return;
      if ((await start()) === undefined) {
        warn({ workers: workers.size }, 'a new worker did not start: those that are there go on');
        return;
      }
      await retire(worker);
    }
  };

  // The first one by itself: what is wrong with the environment or the port is said once.
  if ((await start()) === undefined) throw new WorkerFailed();
  await Promise.all(Array.from({ length: count - 1 }, start));

  return {
    replaceAll: () => (replacing = replacing.then(replaceEach)),
    stop: async () => {
      stopping = true;
      const codes = await Promise.all(
        [...workers].map(async (worker) => {
          const [[code]] = await Promise.all([once(worker, 'exit'), worker.process.kill('SIGTERM')]);
          return Number(code ?? 1);
        }),
      );
      return Math.max(0, ...codes);
    },
  };
}

/** It has said itself what was wrong. */
export class WorkerFailed extends Error {}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
