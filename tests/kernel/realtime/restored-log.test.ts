import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { ENDED_SESSIONS } from '#kernel/identity/session.ts';
import { EVENT_STREAM_NAME } from '#kernel/realtime/event-entry.ts';
import { EventStream } from '#kernel/realtime/event-stream.ts';
import { Hub } from '#kernel/realtime/hub.ts';
import {
  type Client,
  folder,
  hub,
  listen,
  NEWS,
  NOBODY,
  news,
  open,
  SPORT,
  state,
  withHub,
} from '#tests/support/hub.ts';
import { rewind } from '#tests/support/rewind.ts';
import { TestOutlet } from '#tests/support/stream.ts';
import { until } from '#tests/support/until.ts';

withHub();

describe('a log that goes back, since its store was restored', () => {
  const back = (stream: string, to: number) => rewind(join(folder, 'state.db'), stream, to);
  const lastEvent = (client: Client) => client.outlet.events.at(-1);

  test.each([
    ['is shorter', 0],
    ['has others in the place of what is lost', 3],
  ])('and %s: who listens is told that events are missing, and gets what comes', async (_, others) => {
    const client = await listen([news]);
    for (let n = 1; n <= 3; n++) await hub.publish(NEWS, 'said', n);
    await client.outlet.has('said', 3);
    back(EVENT_STREAM_NAME, 1);
    const other = new Hub(state);
    for (let n = 0; n < others; n++) await other.publish(SPORT, 'said', `other ${n}`);
    await hub.publish(NEWS, 'said', 4);
    const [gap] = await client.outlet.has('reset', 1);
    await hub.publish(NEWS, 'said', 5);
    await until('it comes', () => lastEvent(client)?.data === '5');
    expect(gap?.id).toBeTruthy();
    // From where it was told it goes on as ever.
    const resumed = await listen([news], gap?.id);
    expect(resumed.standing.gap).toBe(false);
    await until('it goes on', () => resumed.data().at(-1) === 5);
  });

  test('while a slow client reads what it missed: it is sent nothing old after that, and misses nothing new', async () => {
    const first = await listen([news]);
    first.outlet.leave();
    for (let n = 0; n < 20; n++) await hub.publish(NEWS, 'said', `old ${n}`);
    const outlet = new TestOutlet();
    open.push(outlet);
    const stream = new EventStream(outlet, NOBODY, performance.now());
    outlet.paused = true;
    stream.send(Buffer.from(`:${'x'.repeat(40_000)}\n\n`));
    hub.open(stream);
    const subscribed = hub.subscribe(stream, new Set([news]), first.standing.id, () => {});
    await until('it waits for room', () => outlet.isWaitedFor);
    back(EVENT_STREAM_NAME, 1);
    await hub.publish(NEWS, 'said', 'lost with the gap');
    const told = () => outlet.text.split('event: reset')[1];
    await until('it is told of the gap', () => told() !== undefined);
    await hub.publish(NEWS, 'said', 'new 1');
    outlet.paused = false;
    outlet.flush();
    await subscribed;
    await hub.publish(NEWS, 'said', 'new 2');
    expect(told()?.match(/(?:old|new) \d+/g)).toEqual(['new 1', 'new 2']);
  });

  test('while a client comes back: it hears of the gap, and of all that comes', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await listen([news]);
    for (let n = 0; n < 5; n++) await hub.publish(NEWS, 'said', `old ${n}`);
    const { standing } = await listen([news]);
    const bounds = state.bounds.bind(state);
    // Its look at the log is from before; by the time it is told, the log has begun anew.
    vi.spyOn(state, 'bounds').mockImplementationOnce(async (stream) => {
      const before = await bounds(stream);
      back(EVENT_STREAM_NAME, 1);
      await hub.publish(NEWS, 'said', 'lost with the gap');
      return before;
    });
    const client = await listen([news], standing.id);
    expect(client.standing.gap).toBe(true);
    await hub.publish(NEWS, 'said', 'new');
    expect(client.data()).toEqual(['new']);
  });

  test('sessions that end later end their streams', async () => {
    const holder = { ...NOBODY, session: 'the-session' };
    await state.append(ENDED_SESSIONS, 'a', { maxEntries: 10 });
    await state.append(ENDED_SESSIONS, 'b', { maxEntries: 10 });
    const { outlet } = await listen([news], undefined, hub, holder);
    await until('it is followed', () => outlet.over === 'open');
    await new Promise((resolve) => setTimeout(resolve, 300));
    back(ENDED_SESSIONS, 0);
    await state.append(ENDED_SESSIONS, 'the-session', { maxEntries: 10 });
    await until('it is ended', () => outlet.over !== 'open');
  });
});
