import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { tierFigures } from '#kernel/cache/tier-figures.ts';
import { TIER_TIMEOUT } from '#kernel/upstream/resilience/guarded-tier.ts';
import type { TestEngine } from '#tests/support/engine.ts';
import { instance, tier, upstreams, withTier } from '#tests/support/tier-instances.ts';
import { hang } from '#tests/support/upstream.ts';
import { passTime, stopTime } from '#tests/support/virtual-time.ts';

withTier();

describe('a tier that is not well', () => {
  const rejects = (message: string) => () => Promise.reject(new Error(message));
  const askMany = async (shop: TestEngine, count: number, from = 0) => {
    const told = [];
    for (let at = 0; at < count; at++) told.push(await shop.ask(`/api/things/${from + at}`));
    await shop.settled();
    return told.map(({ status }) => status);
  };

  test('frozen: each of the first requests waits for its deadline and no longer, the others not at all', async () => {
    await stopTime();
    onTestFinished(() => void vi.useRealTimers());
    const shop = await instance({ deadlineScale: 1 });
    const waits: (() => void)[] = [];
    tier.instead = () => new Promise<never>((_, reject) => waits.push(() => reject(new Error('gone'))));
    const statuses = await passTime(askMany(shop, 20));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(upstreams.count()).toBe(20);
    expect(tier.asked.length).toBeLessThan(10);
    expect(tierFigures().reads.skipped).toBeGreaterThan(10);
    for (const wait of waits) wait();
    expect(TIER_TIMEOUT).toBeLessThanOrEqual(20);
  });

  test('not connected: nothing is asked of it, and once it is there it is used at once', async () => {
    const shop = await instance();
    tier.unavailableReason = 'connect ECONNREFUSED';
    expect(new Set(await askMany(shop, 20))).toEqual(new Set([200]));
    expect(tier.asked).toEqual([]);
    tier.unavailableReason = undefined;
    await askMany(shop, 1, 100);
    expect(tier.texts.size).toBe(1);
  });

  test('full, or a replica: it is read, and soon nothing is written any more', async () => {
    const first = await instance();
    await askMany(first, 1);
    tier.instead = (command) => (command === 'read' ? undefined : rejects('OOM command not allowed')());
    const second = await instance();
    expect(new Set(await askMany(second, 20))).toEqual(new Set([200]));
    expect(tierFigures().reads).toMatchObject({ hit: 1, miss: 19, error: 0, skipped: 0 });
    expect(tierFigures().writes.skipped).toBeGreaterThan(10);
    expect(tier.asked.filter((command) => command !== 'read').length).toBeLessThan(12);
  });

  test('with an upstream that hangs, a deadline still ends it', async () => {
    await stopTime();
    onTestFinished(() => void vi.useRealTimers());
    upstreams.otherwise = hang;
    const shop = await instance({ deadlineScale: 1 });
    tier.claim = async () => false;
    expect((await passTime(shop.ask('/api/things/1'))).status).toBe(504);
    await shop.settled();
  });
});
