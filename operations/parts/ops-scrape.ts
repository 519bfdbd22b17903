import cluster from 'node:cluster';
import { AggregatorRegistry, collectDefaultMetrics, Registry, type RegistryContentType } from 'prom-client';
import { answerOn, askAll } from '#host/workers/channel.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { laneState } from '#kernel/upstream/lane/state.ts';
import { opsMetrics } from '../shape/ops/metrics.ts';
import { opsFigures } from './ops-figures.ts';

const TOPIC = 'metrics';

/** Its types lack the content type. */
const mergeAll = AggregatorRegistry.aggregate as unknown as (
  all: readonly unknown[],
  type: RegistryContentType,
) => Registry<RegistryContentType>;

/** The figures of this process or, where it is one of several workers, those of all of them as one. */
export async function scrape(
  type: RegistryContentType,
  offered: readonly Operation[],
): Promise<Registry<RegistryContentType>> {
  if (!cluster.isWorker) return ofThis(type, offered);
  const all = await askAll(TOPIC, type);
  return all.length === 0 ? ofThis(type, offered) : mergeAll(all, type);
}

/** Lets the other workers of a host have the figures of this one. */
export function answerScrapes(offered: readonly Operation[]): void {
  answerOn(TOPIC, async (type: RegistryContentType) => (await ofThis(type, offered)).getMetricsAsJSON());
}

async function ofThis(
  type: RegistryContentType,
  offered: readonly Operation[],
): Promise<Registry<RegistryContentType>> {
  const figures = await opsFigures(laneState(MAIN_LANE));
  const all: Registry<RegistryContentType> = Registry.merge([processMetrics(type), opsMetrics(figures, offered)]);
  all.setContentType(type);
  return all;
}

const ofProcess = new Map<RegistryContentType, Registry>();

/**
 * Memory, CPU and event loop of the process, watched from the first scrape of a format on. One registry a format:
 * prom-client renames the counters that it has written as OpenMetrics, and for good.
 */
function processMetrics(type: RegistryContentType): Registry {
  const known = ofProcess.get(type);
  if (known !== undefined) return known;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  ofProcess.set(type, registry);
  return registry;
}
