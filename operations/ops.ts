import { collectDefaultMetrics, Registry } from 'prom-client';
import { z } from 'zod';
import { operators } from '#host/operators.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { file, ok } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/refusal.ts';
import { allLanes, laneState } from '#kernel/upstream/lane/state.ts';
import { OpsStatusView } from '#schemas/view/ops-status.ts';
import { opsFigures } from './parts/ops-figures.ts';
import { opsMetrics } from './shape/ops-metrics.ts';
import { toOpsStatus } from './shape/ops-status.ts';

const common = { audience: 'public', guard: operators, limit: false, probe: true, deadline: 2_000 } as const;

export const getStatus = operation(
  {
    ...common,
    id: 'getStatus',
    route: 'GET /api/ops/status',
    summary: 'How this process fares: what hurts, upstreams, operations, caches, inbox; for people on call and scripts',
    input: z.object({ lane: z.string().max(500).optional() }),
    example: {},
    answers: { 200: OpsStatusView },
  },
  async ({ lane: name = MAIN_LANE }, { offered }) => {
    const lane = allLanes().find((one) => one.name === name) ?? refuse('not-found', 'Nobody plays this scenario here.');
    return ok(toOpsStatus(await opsFigures(lane), offered));
  },
);

export const getMetrics = operation(
  {
    ...common,
    id: 'getMetrics',
    route: 'GET /api/metrics',
    summary: 'The same figures as Prometheus reads them',
    input: z.object({}),
    example: {},
    file: 'text/plain',
    answers: { 200: undefined },
  },
  async (_, { offered }) => {
    const figures = await opsFigures(laneState(MAIN_LANE));
    const all = Registry.merge([processMetrics(), opsMetrics(figures, offered)]);
    return file(await all.metrics(), { type: all.contentType, name: 'metrics.txt' });
  },
);

let ofProcess: Registry | undefined;

/** Memory, CPU and event loop of the process, watched from the first scrape on. */
function processMetrics(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}
