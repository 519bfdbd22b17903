import cluster from 'node:cluster';
import { collectDefaultMetrics, type Metric, Registry, type RegistryContentType } from 'prom-client';
import { type Figures, figuresOfAll, sayFigures, sayLastFigures } from '#host/workers/figures.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { laneState } from '#kernel/upstream/lane/state.ts';
import { opsMetrics } from '../shape/ops/metrics.ts';
import { opsFigures } from './ops-figures.ts';

/** The figures of this process or, where it is one of several workers, those of all of them as one. */
export async function scrape(
  type: RegistryContentType,
  offered: readonly Operation[],
): Promise<Registry<RegistryContentType>> {
  const all = cluster.isWorker ? await figuresOfAll() : undefined;
  const registry: Registry<RegistryContentType> = all ? registryOf(all) : await ofThis(offered);
  registry.setContentType(type);
  return registry;
}

/** Lets the process above the workers of a host have the figures of this one. */
export function answerScrapes(offered: readonly Operation[]): void {
  sayFigures(() => figuresOf(offered));
}

/** Where this process is one of several workers, the others go on with what it has counted. */
export async function leaveFigures(offered: readonly Operation[]): Promise<void> {
  if (cluster.isWorker) await sayLastFigures(await figuresOf(offered));
}

const figuresOf = async (offered: readonly Operation[]) => (await ofThis(offered)).getMetricsAsJSON();

async function ofThis(offered: readonly Operation[]): Promise<Registry> {
  const figures = await opsFigures(laneState(MAIN_LANE));
  return Registry.merge([registryOf(await processMetrics().getMetricsAsJSON()), opsMetrics(figures, offered)]);
}

let ofProcess: Registry | undefined;

/** Memory, CPU and event loop of the process, watched from the first scrape on. */
function processMetrics(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

/** Metrics that are written once: prom-client renames the counters that it writes as OpenMetrics, and for good. */
function registryOf(figures: Figures): Registry {
  const registry = new Registry();
  for (const figure of figures) {
    const metric = { ...figure, get: async () => metric };
    registry.registerMetric(metric as unknown as Metric);
  }
  return registry;
}
