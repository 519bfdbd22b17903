import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { events } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { getLive } from '#tests/support/operations.ts';
import type { TestOutlet } from '#tests/support/stream.ts';
import { until } from '#tests/support/until.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const QUOTA = 4;
const getEvents = operation(
  {
    id: 'getEvents',
    route: 'GET /api/events',
    summary: '',
    audience: 'public',
    input: z.object({ watch: z.string() }),
    example: { watch: '/api/live/1' },
    live: true,
    limit: false,
    deadline: 5_000,
  },
  async ({ watch }) => events({ topics: [], watch: watch.split(',') }),
);

let upstreams: TestUpstream;
let shop: TestEngine;
let outlet: TestOutlet | undefined;
beforeEach(async () => {
  upstreams = await startUpstream();
  upstreams.otherwise = (response) => json(response, { n: 1 });
  shop = withQuota(60);
});
afterEach(async () => {
  outlet?.leave();
  await upstreams.close();
});
const withQuota = (seconds: number) =>
  startEngine({ shop: upstreams.url }, [getLive, getEvents], { rateLimits: { reads: { quota: QUOTA, seconds } } });
const addresses = (count: number) => Array.from({ length: count }, (_, at) => `/api/live/${at}`);
const of = (event: string) =>
  (outlet?.named(event) ?? []).map(
    ({ data }) => JSON.parse(data) as { of: string; problem?: { status: number; code: string } },
  );

test('an address that the quota refuses gets its own refusal, and the others are shown', async () => {
  const asked = addresses(QUOTA + 2);
  outlet = await shop.listen(`/api/events?watch=${asked.join(',')}`);
  await until('all are told of', () => of('snapshot').length + of('problem').length >= asked.length);
  expect(JSON.parse(outlet.named('ready')[0]?.data ?? '').watch).toEqual(asked);
  const refused = of('problem').filter(({ problem }) => problem?.code === 'too-many-requests');
  expect(refused.map((one) => [one.of, one.problem?.status])).toEqual(
    asked.slice(QUOTA).map((target) => [target, 429]),
  );
  expect(outlet.over).toBe('open');
});

test('it is shown once there is quota again', async () => {
  shop = withQuota(1);
  const asked = addresses(QUOTA + 2);
  outlet = await shop.listen(`/api/events?watch=${asked.join(',')}`);
  await until('all are shown', () => new Set(of('snapshot').map((one) => one.of)).size === asked.length);
});

test('a watcher that leaves is not asked for any more', async () => {
  outlet = await shop.listen(`/api/events?watch=${addresses(QUOTA + 1).join(',')}`);
  await until('one is refused', () => of('problem').length > 0);
  outlet.leave();
  expect(shop.reported).toEqual([]);
});

test.each(['/api/nothing', '/api/live/1?x=1'])('what time does not cure is final: %s', async (target) => {
  const { status } = await shop.ask(`/api/events?watch=/api/live/1,${encodeURIComponent(target)}`);
  expect(status).toBe(400);
});
