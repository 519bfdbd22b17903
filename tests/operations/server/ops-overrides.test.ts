import { expect, test } from 'vitest';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { load } from '#kernel/base/load/load.ts';
import type { Override } from '#kernel/state/override.ts';
import { outbox } from '#kernel/telemetry/record-trace.ts';
import { laneState } from '#kernel/upstream/lane/state.ts';
import type { OpsFigures } from '#operations/parts/ops-figures.ts';
import { opsMetrics } from '#operations/shape/ops/metrics.ts';
import { toOpsStatus } from '#operations/shape/ops/status.ts';
import { OpsStatusView } from '#schemas/view/server/ops-status.ts';
import { report } from '../../../scripts/doctor/report.ts';

const fill = { entries: 0, bytes: 0, maxBytes: 1 };
const said = { why: 'drill', who: 'Ana (127.0.0.1)', at: 0, until: Date.UTC(2026, 10, 23, 14, 30) };
const pulled: readonly Override[] = [
  { ...said, id: 'a', kind: 'open', upstream: 'reviews' },
  { ...said, id: 'b', kind: 'shed', operation: 'getProduct', part: 'rating' },
];
const figures = (overrides: readonly Override[]): OpsFigures => ({
  now: 1,
  wall: 1,
  lane: laneState(MAIN_LANE),
  upstreams: [],
  tokenless: [],
  operations: new Map(),
  caches: { calls: fill, answers: fill },
  inbox: { waiting: 0, parked: 0, overdue: 0 },
  load: {
    limit: 1,
    underWay: 0,
    leftOut: 0,
    counts: load().counts,
    loopDelay: 0,
    lost: 0,
    lostShare: 0,
    refused: { share: 0, of: 0 },
  },
  streams: 0,
  lanes: [],
  overrides,
  traces: [],
  outbox: outbox(),
});

test('what is set by hand is reported to who is on call, and by whom stays in the inspector', () => {
  const status = toOpsStatus(figures(pulled), []);
  expect(OpsStatusView.parse(status).levers).toEqual([
    { kind: 'open', on: 'reviews', until: '2026-11-23T14:30:00.000Z' },
    { kind: 'shed', on: 'getProduct.rating', until: '2026-11-23T14:30:00.000Z' },
  ]);
  expect(report('https://shop.example', status)).toContain(
    'overrides: no calls to reviews until 14:30 UTC · without getProduct.rating until 14:30 UTC',
  );
  expect(report('https://shop.example', toOpsStatus(figures([]), []))).not.toContain('overrides');
});

test('Prometheus counts them by kind, also where there are none', async () => {
  const text = await opsMetrics(figures(pulled), []).metrics();
  expect(text).toContain('tributary_levers_pulled{kind="open"} 1');
  expect(text).toContain('tributary_levers_pulled{kind="stale"} 0');
});
