import { describe, expect, test } from 'vitest';
import { tierFigures } from '#kernel/cache/tier-figures.ts';
import { instance, served, stored, tier, upstreams, withTier } from '#tests/support/tier-instances.ts';
import { json } from '#tests/support/upstream.ts';

withTier();

describe('what is not shared', () => {
  test('a value that would not be the same when it is read', async () => {
    const first = await instance();
    expect((await first.ask('/api/dated/1')).status).toBe(200);
    await first.settled();
    expect(tierFigures().writes).toMatchObject({ unfit: 1, stored: 0 });
    expect(tier.leases.size).toBe(0);
  });

  test('a value that is too large', async () => {
    upstreams.otherwise = (response) => json(response, { ...served, note: 'x'.repeat(300_000) });
    const first = await instance();
    await first.ask('/api/noted/1');
    await first.settled();
    expect(tierFigures().writes).toMatchObject({ unfit: 1, stored: 0 });
  });

  test('a value that is too large takes the older one away', async () => {
    const first = await instance();
    await first.ask('/api/spared/1');
    await stored(first);
    upstreams.otherwise = (response) => json(response, { ...served, note: 'x'.repeat(300_000) });
    await new Promise((resolve) => setTimeout(resolve, 40));
    await first.ask('/api/spared/1');
    await first.settled();
    expect(tier.texts.size).toBe(0);
  });

  test('what a scenario plays: its lane never touches the tier', async () => {
    const shop = await instance();
    await shop.ask('/api/things/1', { 'x-scenario': 'shop=slow' });
    await shop.settled();
    expect(upstreams.count()).toBe(1);
    expect(tier.asked).toEqual([]);
  });

  test('what may not be kept, and writes', async () => {
    const shop = await instance();
    await shop.ask('/api/live/1');
    await shop.ask('/api/things/1', {}, { method: 'POST', body: {} });
    await shop.settled();
    expect(tier.asked).toEqual([]);
  });
});

describe('a text that none of our instances has written', () => {
  test.each<[string, (text: string) => string]>([
    ['is no JSON', () => '{'],
    ['has another form', () => '{"position":0}'],
    ['does not fit the schema', (text) => text.replace('"n":0', '"n":"0"')],
    ['was stored at a time that is none', (text) => text.replace(/"storedOn":\d+/, '"storedOn":1e300')],
    ['has a life that is no number', (text) => text.replace(/"fresh":[\d.]+/, '"fresh":null')],
  ])('%s: the upstream is asked', async (_, spoil) => {
    const first = await instance();
    const before = await first.ask('/api/things/1');
    await stored(first);
    for (const [key, { text, until: end }] of tier.texts) tier.texts.set(key, { text: spoil(text), until: end });
    const second = await instance();
    expect((await second.ask('/api/things/1')).text).toBe(before.text);
    expect(upstreams.count()).toBe(2);
    expect(tierFigures().reads.unfit).toBe(1);
    await second.settled();
  });
});
