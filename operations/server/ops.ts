import { Registry } from 'prom-client';
import { z } from 'zod';
import { operators } from '#host/operators/operators.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { receiptOf } from '#kernel/cache/receipts/receipts.ts';
import { file, ok } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { acceptable } from '#kernel/http/negotiation/negotiate.ts';
import { allLanes } from '#kernel/upstream/lane/state.ts';
import { opsFigures } from '#operations/parts/ops-figures.ts';
import { scrape } from '#operations/parts/ops-scrape.ts';
import { toPurgeReceipt } from '#operations/shape/ops/purge-receipt.ts';
import { toOpsStatus } from '#operations/shape/ops/status.ts';
import { OpsStatusView } from '#schemas/view/server/ops-status.ts';
import { PurgeReceiptView } from '#schemas/view/server/purge-receipt.ts';
import { identity } from '#services/identity/identity.ts';

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

export const getPurge = operation(
  {
    ...common,
    id: 'getPurge',
    route: 'GET /api/ops/purges/{id}',
    summary:
      'The receipt of one purge: when the log, each instance, the shared cache and the CDN had it, and who was told',
    input: z.object({ id: z.string().regex(/^purge:\d{1,15}$/) }),
    example: { id: 'purge:1' },
    answers: { 200: PurgeReceiptView },
  },
  async ({ id }) => {
    const receipt = await receiptOf(identity().sessions.state, Number(id.slice('purge:'.length)));
    return ok(toPurgeReceipt(receipt ?? refuse('not-found', 'The log of purges does not have it, or no more.')));
  },
);

const PROMETHEUS = Registry.PROMETHEUS_CONTENT_TYPE;
const OPEN_METRICS = Registry.OPENMETRICS_CONTENT_TYPE;
/** As Prometheus asks for them, by their versions: only OpenMetrics has exemplars. */
const FORMATS = ['text/plain; version=0.0.4', 'application/openmetrics-text; version=1.0.0'] as const;

export const getMetrics = operation(
  {
    ...common,
    id: 'getMetrics',
    route: 'GET /api/metrics',
    summary: 'The same figures as Prometheus reads them, in its own format or as OpenMetrics',
    input: z.object({}),
    example: {},
    headers: ['accept'],
    file: FORMATS,
    answers: { 200: undefined },
  },
  async (_, { offered, headers: { accept } }) => {
    const type = acceptable(accept, FORMATS) === FORMATS[1] ? OPEN_METRICS : PROMETHEUS;
    return file(await (await scrape(type, offered)).metrics(), { type, name: 'metrics.txt' });
  },
);
