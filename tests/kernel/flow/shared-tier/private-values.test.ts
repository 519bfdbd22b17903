import { beforeEach, describe, expect, test } from 'vitest';
import { tierFigures } from '#kernel/cache/tier-figures.ts';
import { instance, lastCall, stored, tier, upstreams, withTier } from '#tests/support/tier-instances.ts';
import { json } from '#tests/support/upstream.ts';

withTier();

describe('what is private', () => {
  const CANARY = 'canary-4711';
  const as = (user: string) => ({ authorization: `Bearer ${user}` });
  beforeEach(() => {
    upstreams.on('/mine', (response, { headers }) => {
      const [, body = ''] = (headers.authorization ?? '').split('.');
      const { sub } = JSON.parse(Buffer.from(body, 'base64url').toString()) as { sub: string };
      json(response, { n: 1, note: `${CANARY} of ${sub}` });
    });
  });
  // Names are long: a short one may occur in base64 by chance.
  const everything = () => [...tier.texts].map(([key, { text }]) => `${key}\n${text}`).join('\n');

  test('stays in the process, if its policy does not say otherwise', async () => {
    const shop = await instance();
    await shop.ask('/api/mine/1', as('adalovelace'));
    await shop.settled();
    expect(tier.asked).toEqual([]);
  });

  test('is sealed where its policy shares it: unreadable, and for its owner alone', async () => {
    const first = await instance();
    const { seal } = first.engine.runtime.sessions;
    await first.ask('/api/sealed/1', as('adalovelace'));
    await stored(first);
    expect(everything()).not.toMatch(/canary|adalovelace|mine\/|\{"/);
    const second = await instance();
    Object.assign(second.engine.deps.tier ?? {}, { seal });
    expect((await second.ask('/api/sealed/1', as('adalovelace'))).json.it).toMatchObject({
      note: `${CANARY} of adalovelace`,
    });
    expect(lastCall()?.cache).toBe('shared');
    expect((await second.ask('/api/sealed/1', as('bobfischer'))).json.it).toMatchObject({
      note: `${CANARY} of bobfischer`,
    });
    expect(lastCall()?.cache).toBe('miss');
    await second.settled();
    expect(tier.texts.size).toBe(2);
    expect(everything()).not.toMatch(/canary|adalovelace|bobfischer|mine\/|\{"/);
  });

  test('can’t be opened under another’s key, nor with other keys', async () => {
    const first = await instance();
    const { seal } = first.engine.runtime.sessions;
    await first.ask('/api/sealed/1', as('adalovelace'));
    await first.ask('/api/sealed/1', as('bobfischer'));
    await stored(first);
    const [one, other] = [...tier.texts];
    if (one === undefined || other === undefined) throw new Error('two were to be shared');
    tier.texts.set(one[0], other[1]);
    tier.texts.set(other[0], one[1]);
    const second = await instance();
    Object.assign(second.engine.deps.tier ?? {}, { seal });
    for (const user of ['adalovelace', 'bobfischer']) {
      expect((await second.ask('/api/sealed/1', as(user))).json.it).toMatchObject({ note: `${CANARY} of ${user}` });
    }
    expect(tierFigures().reads).toMatchObject({ unfit: 2, hit: 0 });
    await second.settled();
    const third = await instance();
    await third.ask('/api/sealed/1', as('adalovelace'));
    expect(tierFigures().reads).toMatchObject({ unfit: 1, hit: 0 });
    await third.settled();
  });
});
