import type { OpsStatus } from '#schemas/view/server/ops-status.ts';
import type { PurgeReceiptView } from '#schemas/view/server/purge-receipt.ts';

const AT = '2026-11-23T09:30:00.000Z';

/** Figures are never the same twice: what is shown of them is made up, and held against the schema like any example. */
export const STATUS_EXAMPLE: OpsStatus = {
  state: 'hurting',
  at: AT,
  since: '2026-11-23T06:12:44.000Z',
  window: 900,
  lane: '',
  findings: [
    { alert: 'UpstreamDown', about: 'reviews', value: 0.62, limit: 0 },
    { alert: 'CompletenessLow', about: 'getProduct', value: 0.71, limit: 0.97 },
  ],
  upstreams: [
    {
      name: 'reviews',
      host: 'reviews.internal',
      mode: 'live',
      state: 'down',
      calls: 412,
      failures: [
        { reason: 'open', count: 244 },
        { reason: 'timeout', count: 12 },
      ],
      p50: 19,
      p95: 608.9,
      breaker: { state: 'open', since: '2026-11-23T09:27:10.000Z', probeIn: 12_000 },
      lastGood: '2026-11-23T09:27:02.000Z',
      answeredBy: { hit: 5_120, stale: 31, shared: 207, miss: 412, coalesced: 8, spare: 977, uncached: 0 },
      harm: [{ operation: 'getProduct', section: 'rating', how: 'fallback', answers: 143 }],
    },
  ],
  operations: [
    {
      id: 'getProduct',
      route: 'GET /api/products/{id}',
      requests: 4_310,
      whole: 3_046,
      partial: 1_244,
      failed: 0,
      refused: 20,
      completeness: 0.71,
      p50: 6.7,
      p95: 38.1,
      deadline: 1_500,
    },
  ],
  load: {
    limit: 400,
    underWay: 12,
    loopDelay: 1,
    lost: 812,
    lostShare: 0,
    refusedShare: 0,
    classes: [
      { name: 'anonymous', admitted: 4_310, refused: 0 },
      { name: 'personal', admitted: 801, refused: 0 },
      { name: 'write', admitted: 96, refused: 0 },
    ],
    sectionsLeftOut: 0,
  },
  caches: {
    calls: { entries: 8_211, bytes: 31_004_112, maxBytes: 67_108_864, hits: 5_151, of: 6_548, hitRatio: 0.79 },
    answers: { entries: 1_930, bytes: 12_400_300, maxBytes: 16_777_216, hits: 2_207, of: 4_310, hitRatio: 0.51 },
    staleServed: 1_008,
  },
  store: 'reachable',
  inbox: { waiting: 0, parked: 0, overdue: 0 },
  streams: 318,
  lanes: [],
  levers: [],
};

export const METRICS_EXAMPLE = `# HELP tributary_answers_total Answers by how they were
# TYPE tributary_answers_total counter
tributary_answers_total{operation="getProduct",outcome="whole"} 3046
…`;

export const PURGE_EXAMPLE: PurgeReceiptView = {
  id: 'purge:4711',
  tags: ['price:p-000042'],
  by: 'upstream pricing.price.changed msg_2ab7',
  received: '2026-11-23T09:41:07.012Z',
  logged: '2026-11-23T09:41:07.031Z',
  instances: [
    {
      instance: 'shop-0:3000',
      at: '2026-11-23T09:41:07.035Z',
      told: 12,
      changed: 12,
      lastTold: '2026-11-23T09:41:07.118Z',
    },
    { instance: 'shop-1:3000', at: '2026-11-23T09:41:07.041Z', told: 0, changed: 0, lastTold: null },
  ],
  tier: '2026-11-23T09:41:07.041Z',
  cdn: [
    { name: 'fastly', at: '2026-11-23T09:41:07.204Z', again: false, instance: 'shop-0:3000' },
    { name: 'fastly', at: '2026-11-23T09:41:10.391Z', again: true, instance: 'shop-0:3000' },
  ],
};
