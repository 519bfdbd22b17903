import { describe, expect, test, vi } from 'vitest';
import { guest } from '#kernel/identity/principal.ts';
import { hubOf } from '#kernel/realtime/hub.ts';
import { stateError } from '#kernel/state/state.ts';
import { bearerIs } from '#tests/support/engine.ts';
import { ana, bo, listen, open, restart, shop, time, withLiveShop } from '#tests/support/live-shop.ts';
import type { TestOutlet } from '#tests/support/stream.ts';

withLiveShop();

describe('what time cures', () => {
  /** An EventSource takes any status but 200 for final. */
  const told = (outlet: TestOutlet) => {
    // It ends later, so that who takes 200 for success does not come back at once.
    expect(outlet.over).toBe('open');
    expect(Number(/^retry: (\d+)$/m.exec(outlet.text)?.[1])).toBeGreaterThanOrEqual(2_000);
    return JSON.parse(outlet.named('problem')[0]?.data ?? '{}').code;
  };

  test('too many streams of one principal, or of one unknown address', async () => {
    await Promise.all(Array.from({ length: 20 }, () => listen('/api/events', ana)));
    expect(told(await listen('/api/events', ana))).toBe('too-many-requests');
    expect((await listen('/api/events', bo)).over).toBe('open');
    await Promise.all(Array.from({ length: 200 }, () => listen('/api/events')));
    expect(told(await listen('/api/plain/1'))).toBe('too-many-requests');
    open[0]?.leave();
    expect((await listen('/api/events', ana)).over).toBe('open');
  });

  test('hears of it at once, and ends in a second or two, unless its client has left', async () => {
    time.stop();
    hubOf(shop.engine.runtime.sessions.state).streams.drain();
    const held = await Promise.all(Array.from({ length: 30 }, () => listen('/api/plain/1')));
    held[0]?.leave();
    vi.advanceTimersByTime(999);
    expect(new Set(held.slice(1).map(({ over }) => over))).toEqual(new Set(['open']));
    vi.advanceTimersByTime(1_001);
    expect(held.map(({ over }) => over)).toEqual(['left', ...new Array(29).fill('ended')]);
    expect(held.every(({ events }) => events.length === 1)).toBe(true);
  });

  test('costs nothing of what its owner may read, however often they come back', async () => {
    const quota = 30;
    restart({ rateLimits: { reads: { quota, seconds: 60 } } });
    const left = async (headers: Record<string, string>) =>
      Number(/r=(\d+)/.exec((await shop.ask('/api/mine/1', headers)).headers.ratelimit ?? '')?.[1]);
    for (let n = 0; n < 20; n++) open.push(await shop.listen('/api/events', ana));
    expect(await left(ana)).toBe(quota - 20 - 1);
    for (let n = 0; n < 100; n++) {
      const target = ['/api/events', '/api/mine/1', '/api/events?watch=/api/mine/1,/api/mine/2'][n % 3] as string;
      expect(told(await shop.listen(target, ana))).toBe('too-many-requests');
    }
    expect(await left(ana)).toBe(quota - 20 - 2);
    // What is not refused counts as ever.
    for (let n = 0; n < 5; n++) open.push(await shop.listen('/api/events', bo));
    expect(await left(bo)).toBe(quota - 5 - 1);
  });

  test('a store that is away costs nothing either', async () => {
    let away = true;
    const identify: typeof bearerIs = (headers) => (away ? Promise.reject(stateError('away')) : bearerIs(headers));
    restart({
      identify,
      rateLimits: { reads: { quota: 3, seconds: 60 } },
    });
    for (let n = 0; n < 10; n++) expect(told(await shop.listen('/api/mine/1', ana))).toBe('state-unavailable');
    away = false;
    open.push(await shop.listen('/api/mine/1', ana));
    expect(open.at(-1)?.over).toBe('open');
  });

  test('too many streams of one network, whatever addresses it has and however many guests it says it is', async () => {
    const identify: typeof bearerIs = ({ cookie }) => guest(cookie ?? '');
    restart({ identify });
    const from = (n: number) => `2001:db8::${n.toString(16)}`;
    for (let n = 0; n < 200; n++) {
      const target = n % 2 ? '/api/basket/1' : '/api/plain/1';
      open.push(await shop.listen(target, { cookie: `g${n}` }, from(n)));
    }
    expect(told(await shop.listen('/api/plain/1', {}, from(999)))).toBe('too-many-requests');
    expect(told(await shop.listen('/api/basket/1', { cookie: 'another' }, from(999)))).toBe('too-many-requests');
    open.push(await shop.listen('/api/plain/1', {}, '2001:db8:1::1'));
    expect(open.at(-1)?.over).toBe('open');
  });

  test('a store that is away', async () => {
    restart({ identify: () => Promise.reject(stateError('away')) });
    expect(told(await listen('/api/mine/1', ana))).toBe('state-unavailable');
    expect(told(await listen('/api/events', ana))).toBe('state-unavailable');
    expect((await shop.ask('/api/mine/1', ana)).status, 'who wants JSON gets the status').toBe(503);
  });

  test('a process that drains', async () => {
    const outlet = await listen('/api/events');
    hubOf(shop.engine.runtime.sessions.state).streams.drain();
    expect(outlet.over).toBe('ended');
    expect(told(await listen('/api/events'))).toBe('draining');
    expect(told(await listen('/api/plain/1'))).toBe('draining');
  });
});
