import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { listenTo } from './channel.ts';
import { answerForAll } from './figures.ts';
import { countForWorkers } from './limits.ts';

/** What a worker tells, and is told: workers of another build say it alike. */
const [READY, RETIRE] = ['ready', 'retire'];
/** Milliseconds in which clients learn that their connection to a worker ends. */
const LAST_ANSWERS_MS = 1_000;
/** Milliseconds between two that end before they are ready, doubled with each. */
const FIRST_PAUSE = 500;
const MAX_PAUSE = 30_000;

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

/** Called by a worker once it serves. Told to retire it is still ready, as the others are, but ends its connections. */
export function reportReady(serving: { announceEnd(): void; stop(notice: number): Promise<void> }): void {
  process.on('message', async (message) => {
    if (message !== RETIRE) return;
    serving.announceEnd();
    await pause(LAST_ANSWERS_MS);
    await serving.stop(0);
  });
  process.send?.(READY);
}

/**
 * Starts workers that run this program again (node:cluster: this process accepts connections and hands them out in
 * turn), and replaces those that end. Resolves once all are ready, and rejects if the first one ends before.
 */
export async function startWorkers({ count, warn }: WorkersOptions): Promise<Workers> {
  const workers = new Set<Worker>();
  const ready = new Set<Worker>();
  let stopping = false;
  let replacing: Promise<void> = Promise.resolve();
  let failures = 0;

  /** Resolves with a worker that is ready, or with undefined if it ended before. */
  const start = async (): Promise<Worker | undefined> => {
    const worker = cluster.fork();
    workers.add(worker);
    listenTo(worker);
    const ended = new Promise<undefined>((resolve) => {
      const end = () => {
        workers.delete(worker);
        ready.delete(worker);
        resolve(undefined);
      };
      // Where it could not even be started there is no exit.
      worker.once('exit', end).once('error', end);
    });
    const serves = new Promise<Worker>((resolve) =>
      worker.on('message', (message) => message === READY && resolve(worker)),
    );
    const started = await Promise.race([serves, ended]);
    failures = started ? 0 : failures + 1;
    if (started) {
      ready.add(started);
      replaceAtEnd(started);
    }
    return started;
  };

  const replaceAtEnd = (worker: Worker) =>
    worker.once('exit', async (code, signal) => {
      if (stopping || retired.has(worker)) return;
      warn({ pid: worker.process.pid, code, signal }, 'a worker ended');
      await startOne();
      if (!stopping) warn({ workers: ready.size }, 'another worker has taken its place');
    });

  const startOne = async (): Promise<void> => {
    while (!stopping && (await start()) === undefined) await pause(Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** failures));
  };

  /** Workers that were told to end: they are not replaced. */
  const retired = new Set<Worker>();
  const retire = async (worker: Worker): Promise<void> => {
    if (!ready.has(worker)) return;
    retired.add(worker);
    const ended = once(worker, 'exit');
    worker.send(RETIRE, () => undefined);
    await ended;
  };

  const replaceEach = async (): Promise<void> => {
    // Those that are still starting are new already.
    for (const worker of [...ready]) {
      if (stopping) return;
      // It has ended meanwhile: another one takes its place already.
      if (!ready.has(worker)) continue;
      if ((await start()) === undefined) {
        warn({ workers: ready.size }, 'a new worker did not start: those that are there go on');
        return;
      }
      await retire(worker);
    }
  };

  countForWorkers();
  answerForAll(workers);
  // The first one by itself: what is wrong with the environment or the port is said once.
  if ((await start()) === undefined) throw new Error('The first worker ended as it started.');
  await Promise.all(Array.from({ length: count - 1 }, startOne));

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

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
