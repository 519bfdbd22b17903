import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { tierFigures } from '#kernel/cache/tier-figures.ts';
import { instance, served, stored, tier, upstreams, withTier } from '#tests/support/tier-instances.ts';
import { until } from '#tests/support/until.ts';
import { json } from '#tests/support/upstream.ts';
import { passTime, stopTime } from '#tests/support/virtual-time.ts';

withTier();

describe('a lease', () => {
  test('is taken for a fetch, and given back', async () => {
    const shop = await instance();
    await shop.ask('/api/things/1');
    await shop.settled();
    expect(tier.asked).toEqual(['read', 'claim', 'read', 'write', 'release']);
    expect(tier.leases.size).toBe(0);
  });

  test('is given back where the fetch fails', async () => {
    upstreams.otherwise = (response) => json(response, {}, 503);
    const shop = await instance();
    await shop.ask('/api/things/1');
    await shop.settled();
    expect(tier.leases.size).toBe(0);
    expect(tier.texts.size).toBe(0);
  });

  test('that is had just after another has fetched and gone: its value is there now', async () => {
    const first = await instance();
    await first.ask('/api/things/1');
    await stored(first);
    const texts = new Map(tier.texts);
    tier.texts.clear();
    const second = await instance();
    const { claim } = tier;
    tier.claim = async (...args) => {
      for (const [key, text] of texts) tier.texts.set(key, text);
      return claim.apply(tier, args);
    };
    expect((await second.ask('/api/things/1')).status).toBe(200);
    await second.settled();
    expect(upstreams.count()).toBe(1);
    expect(tier.leases.size).toBe(0);
  });

  test('that ran out while its upstream was slow, and is another’s by then, is left alone', async () => {
    const shop = await instance();
    upstreams.otherwise = (response) => {
      for (const [key] of tier.leases) tier.leases.set(key, { token: 'another’s', until: Number.POSITIVE_INFINITY });
      json(response, served);
    };
    await shop.ask('/api/things/1');
    await shop.settled();
    expect([...tier.leases.values()].map(({ token }) => token)).toEqual(['another’s']);
  });

  test('that the tier has granted too late to be heard of is given back all the same', async () => {
    const shop = await instance();
    const { claim } = tier;
    tier.claim = async (...args) => {
      await claim.apply(tier, args);
      throw new Error('the answer is late');
    };
    upstreams.otherwise = (response) => json(response, {}, 503);
    await shop.ask('/api/things/1');
    await shop.settled();
    expect(tier.leases.size).toBe(0);
  });

  test('of another instance: its value is waited for', async () => {
    const first = await instance();
    await first.ask('/api/things/1');
    await stored(first);
    const [[key, text] = []] = [tier.texts].map((texts) => [...texts][0]);
    if (key === undefined || text === undefined) throw new Error('nothing was shared');
    tier.texts.clear();
    tier.leases.set(key, { token: 'another’s', until: Number.POSITIVE_INFINITY });
    const second = await instance();
    const asked = Promise.all([second.ask('/api/things/1'), second.ask('/api/things/1'), second.ask('/api/pairs/2')]);
    await until('it waits', () => tier.asked.filter((command) => command === 'claim').length > 3);
    tier.texts.set(key, text);
    const [one, two, other] = await asked;
    expect([one.status, two.status, other.status]).toEqual([200, 200, 200]);
    expect(upstreams.count('/things')).toBe(1);
    expect(tierFigures().waits.came).toBe(1);
    await second.settled();
  });

  test('of another that does not come back: after a while it is fetched here', async () => {
    await stopTime();
    onTestFinished(() => void vi.useRealTimers());
    const shop = await instance({ deadlineScale: 1 });
    tier.claim = async () => false;
    expect((await passTime(shop.ask('/api/things/1'))).status).toBe(200);
    expect(upstreams.count()).toBe(1);
    expect(tierFigures().waits['in vain']).toBe(1);
    await shop.settled();
    expect(tier.texts.size).toBe(1);
  });
});
