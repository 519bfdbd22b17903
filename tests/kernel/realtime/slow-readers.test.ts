import { describe, expect, test, vi } from 'vitest';
import { EventStream } from '#kernel/realtime/event-stream.ts';
import { heartbeat } from '#kernel/realtime/frame.ts';
import { hub, listen, NEWS, NOBODY, news, withHub } from '#tests/support/hub.ts';
import { TestOutlet } from '#tests/support/stream.ts';
import { turn, until } from '#tests/support/until.ts';

withHub();

describe('a reader that does not keep up', () => {
  test('is sent no more than waits for it already, and cut after five seconds; the others notice nothing', async () => {
    const [slow, quick] = [await listen([news]), await listen([news])];
    slow.outlet.paused = true;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    for (let n = 0; n < 40; n++) await hub.publish(NEWS, 'said', 'x'.repeat(4_000));
    expect(slow.outlet.queued).toBeLessThan(48 * 1_024);
    expect([slow.outlet.over, quick.outlet.over, quick.data().length]).toEqual(['open', 'open', 40]);
    vi.advanceTimersByTime(4_900);
    expect(slow.outlet.over).toBe('open');
    vi.advanceTimersByTime(200);
    expect(slow.outlet.over).toBe('cut');
  });

  test('and takes up reading in time has everything, in order', async () => {
    const client = await listen([news]);
    client.outlet.paused = true;
    for (let n = 0; n < 40; n++) await hub.publish(NEWS, 'said', 'x'.repeat(4_000));
    hub.streams.pulse(performance.now() + 26_000, heartbeat);
    client.outlet.paused = false;
    client.outlet.flush();
    await until('it has read on', () => client.outlet.writes.length === 41);
    await hub.publish(NEWS, 'said', 'new');
    await until('it is live again', () => client.data().at(-1) === 'new');
    expect(client.outlet.writes).toHaveLength(42);
  });

  test('is shown the latest of a thing that changes, and nothing in between', async () => {
    const outlet = new TestOutlet();
    const stream = new EventStream(outlet, NOBODY, performance.now());
    outlet.paused = true;
    stream.send(Buffer.alloc(40_000));
    for (let n = 0; n < 100; n++) stream.sendLatest(n % 2 ? 'a' : 'b', Buffer.from(`${n}`));
    expect(outlet.writes).toHaveLength(1);
    outlet.flush();
    await turn();
    stream.sendLatest('a', Buffer.from('100'));
    expect(outlet.writes.slice(1).map(String)).toEqual(['98', '99', '100']);
    outlet.leave();
  });
});

describe('a stream that ends while its client reads nothing', () => {
  const ending = (): TestOutlet => {
    const outlet = new TestOutlet();
    const stream = new EventStream(outlet, NOBODY, performance.now());
    outlet.paused = true;
    stream.send(Buffer.from('bye'));
    stream.end();
    expect(stream.closed).toBe(true);
    return outlet;
  };

  test('is cut after five seconds, so that it holds nothing up', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const outlet = ending();
    vi.advanceTimersByTime(4_900);
    expect(outlet.over).toBe('open');
    vi.advanceTimersByTime(200);
    expect(outlet.over).toBe('cut');
  });

  test('is ended as complete once everything has left', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const outlet = ending();
    outlet.flush();
    await turn();
    expect(outlet.over).toBe('ended');
    vi.advanceTimersByTime(10_000);
    expect(outlet.over).toBe('ended');
  });
});
