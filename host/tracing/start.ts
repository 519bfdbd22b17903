import { randomUUID } from 'node:crypto';
import type { Env } from '#config/env.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { outbox } from '#kernel/telemetry/record-trace.ts';
import { logger } from '../process/log.ts';
import { otlpSender } from './otlp.ts';
import type { AboutOperation, Surroundings } from './span.ts';
import { startTraceExporter } from './trace-exporter.ts';

/** Sends what still waits, within so many milliseconds. */
type StopTracing = (budget: number) => Promise<void>;

const started = () => processSingleton('trace export', () => ({ is: false }));

/**
 * Exports finished traces from now on, where the environment names a collector; once a process.
 */
export async function startTracing(env: Env, operations: readonly Operation[]): Promise<StopTracing | undefined> {
  const { traceExport, publicUrl, upstreams, logLevel } = env;
  if (traceExport === undefined || started().is) return undefined;
  started().is = true;
  const place: Surroundings = { publicUrl, upstreams, operations: aboutAll(operations) };
  const resource = { 'service.instance.id': randomUUID(), ...traceExport.resource };
  const send = await otlpSender({ ...traceExport, resource }, place);
  outbox().sampling = { ratio: traceExport.ratio, slow: traceExport.slow };
  const log = logger(logLevel);
  const exporter = startTraceExporter(send, (message) => log.warn(message));
  return (budget) => exporter.stop(budget);
}

const aboutAll = (operations: readonly Operation[]): ReadonlyMap<string, AboutOperation> =>
  new Map(
    operations.map(({ contract: { id, audience, route } }) => [id, { template: route.replace(/^\S+ /, ''), audience }]),
  );

/** Milliseconds in which a host that ends still offers its traces to the collector. */
export const LAST_TRACES = 3_000;

/** The same under Next, unless the host around it has begun with it. What waits goes out as soon as it is asked to stop. */
export async function startTracingWithNext(env: Env, operations: readonly Operation[]): Promise<void> {
  const stop = await startTracing(env, operations);
  if (stop === undefined) return;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(LAST_TRACES));
}
