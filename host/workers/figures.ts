import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';
import { answerOn, askAbove, askWorker } from './channel.ts';

/** What a process has counted and measured, as prom-client passes it between processes. */
export type Figures = readonly MetricObjectWithValues<MetricValue<string>>[];

const [ALL, OWN, LAST] = ['figures of all', 'figures', 'last figures'];

/** Lets a worker say its figures when it is asked. */
export function sayFigures(own: () => Promise<Figures>): void {
  answerOn(OWN, own);
}

/** Those of all workers; undefined where the process above does not answer. */
export async function figuresOfAll(): Promise<Figures | undefined> {
  const all = (await askAbove(ALL, undefined)) as readonly Figures[] | undefined;
  return all && all.length > 0 ? merged(all) : undefined;
}

/** What a worker says as it ends, once it counts no more. */
export async function sayLastFigures(last: Figures): Promise<void> {
  await askAbove(LAST, last);
}

/**
 * In the process above: answers for all workers. Counts of workers that have ended stay in it, as sums would fall
 * otherwise; of one that was killed, or does not answer in time, those that it has said last.
 */
export function answerForAll(workers: ReadonlySet<Worker>): void {
  let ended: Figures = [];
  const last = new WeakMap<Worker, Figures>();
  answerOn(LAST, (figures: Figures, worker) => {
    last.set(worker, countsOf(figures));
    return true;
  });
  answerOn(ALL, async () => {
    const before = ended;
    const living = [...workers].map(async (worker) => {
      const figures = (await askWorker(worker, OWN)) as Figures | undefined;
      if (figures === undefined) return last.get(worker) ?? [];
      last.set(worker, countsOf(figures));
      return figures;
    });
    return [...(await Promise.all(living)), before].filter(({ length }) => length > 0);
  });
  cluster.on('exit', (worker) => {
    ended = merged([ended, last.get(worker) ?? []]);
  });
}

const countsOf = (figures: Figures): Figures => figures.filter(({ type }) => String(type) !== 'gauge');

/** By prom-client's own rules. */
function merged(all: readonly Figures[]): Figures {
  return AggregatorRegistry.aggregate(all as unknown as object[]).getMetricsAsArray() as unknown as Figures;
}
