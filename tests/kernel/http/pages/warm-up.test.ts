import { afterEach, beforeEach, expect, test } from 'vitest';
import { warmUp } from '#kernel/http/pages/warm-up.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { OPERATIONS } from '#tests/support/operations.ts';
import { hang, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

let things: TestUpstream;
let shop: TestEngine;

beforeEach(async () => {
  things = await startUpstream();
  things.otherwise = (response) => json(response, { n: 1 });
  shop = startEngine({ shop: things.url }, OPERATIONS);
});
afterEach(() => things.close());

test('public reads have been answered before any client asks, and nothing shows it', async () => {
  await warmUp(shop.engine, 60_000);
  expect(things.count('/things/1')).toBeGreaterThan(1);
  expect(recentTraces()).toEqual([]);
  const before = things.seen.length;
  expect((await shop.ask('/api/things/1')).status).toBe(200);
  expect(things.seen.length).toBe(before);
  expect(things.seen.filter(({ path }) => path.startsWith('/seen'))).toEqual([]);
  expect(things.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
});

test('it uses up no client’s reads, and is not refused for its own', async () => {
  shop = startEngine({ shop: things.url }, OPERATIONS, { rateLimits: { reads: { quota: 1, seconds: 3_600 } } });
  await warmUp(shop.engine, 60_000);
  expect(things.count('/things/1')).toBeGreaterThan(1);
  expect((await shop.ask('/api/things/1')).status).toBe(200);
});

test('it ends in its time though nothing answers, and the process starts all the same', async () => {
  things.otherwise = hang;
  await warmUp(shop.engine, 50);
  expect(things.count('/things/1')).toBeLessThanOrEqual(1);
});

test('what fails is no reason not to start', async () => {
  things.otherwise = (response) => json(response, {}, 500);
  await warmUp(shop.engine, 60_000);
  expect(shop.reported).toEqual([]);
});
