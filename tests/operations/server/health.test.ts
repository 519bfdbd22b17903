import { afterAll, beforeAll, expect, test } from 'vitest';
import { enterPhase } from '#host/process/lifecycle.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { noteToken } from '#services/credentials/tokens.ts';
import { openShop, type Shop } from '#tests/operations/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

test('an upstream that gets no token of ours is named, and the process is ready all the same', async () => {
  noteToken('catalog', 'no token from https://login.test: invalid_client');
  expect(await shop.ask('/api/health/ready')).toMatchObject({ status: 200, body: { degraded: ['catalog'] } });
  noteToken('catalog', undefined);
  expect((await shop.ask('/api/health/ready')).body).toMatchObject({ degraded: [] });
});

test('probes leave no trace while all is well, so that what people asked for stays to be seen', async () => {
  await shop.ask('/api/categories');
  for (let n = 0; n < 600; n++) expect((await shop.ask('/api/health/ready')).status).toBe(200);
  expect(recentTraces().map(({ operation }) => operation)).toEqual(['getCategories']);
  enterPhase('draining');
  expect((await shop.ask('/api/health/ready')).status).toBe(503);
  expect(recentTraces().map(({ operation }) => operation)).toEqual(['getReadiness', 'getCategories']);
});
