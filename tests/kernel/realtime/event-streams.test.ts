import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { ENDED_SESSIONS } from '#kernel/identity/session.ts';
import { eventEntry } from '#kernel/realtime/event-entry.ts';
import { EventStream, type StreamOwner } from '#kernel/realtime/event-stream.ts';
import { stateError } from '#kernel/state/state.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { folder, hub, listen, NEWS, NOBODY, news, SPORT, state, withHub } from '#tests/support/hub.ts';
import { TestOutlet } from '#tests/support/stream.ts';
import { turn, until } from '#tests/support/until.ts';

withHub();

describe('the streams of a process', () => {
  const holder = (more: Partial<StreamOwner>): StreamOwner => ({ ...NOBODY, ...more });

  test('are counted by owner until they are over, however that came', async () => {
    const clients = await Promise.all(
      ['a', 'a', 'a', 'b'].map((owner) => listen([news], undefined, hub, holder({ owner }))),
    );
    expect([hub.streams.countOf('a'), hub.streams.countOf('b'), hub.streams.countOf('c')]).toEqual([3, 1, 0]);
    clients[0]?.outlet.leave();
    clients[0]?.outlet.leave();
    hub.streams.endSession('nobody');
    expect(hub.streams.countOf('a')).toBe(2);
    for (const { outlet } of clients) outlet.leave();
    expect([hub.streams.countOf('a'), hub.streams.size]).toEqual([0, 0]);
  });

  test('end soon after their session, wherever that was ended, and no others do', async () => {
    const [mine, other] = [
      await listen([news], undefined, hub, holder({ session: 'hash-1' })),
      await listen([news], undefined, hub, holder({ session: 'hash-2' })),
    ];
    const elsewhere = openSqliteState(join(folder, 'state.db'));
    await elsewhere.append(ENDED_SESSIONS, 'hash-1', { maxEntries: 10 });
    await until('it ends', () => mine.outlet.over === 'ended');
    expect(other.outlet.over).toBe('open');
    await elsewhere.close();
  });

  test('end where the credential holds no more when they open or at a heartbeat; not where it is unknown', async () => {
    const gone = new TestOutlet();
    hub.open(new EventStream(gone, holder({ recheck: async () => false }), performance.now()));
    await until('it ends', () => gone.over === 'ended');
    let holds: () => Promise<boolean> = async () => true;
    const kept = await listen([news], undefined, hub, holder({ recheck: () => holds() }));
    holds = () => Promise.reject(stateError('away'));
    hub.streams.pulse(performance.now() + 26_000, () => new Uint8Array());
    await turn();
    expect(kept.outlet.over).toBe('open');
    holds = async () => false;
    hub.streams.pulse(performance.now() + 60_000, () => new Uint8Array());
    await until('it ends', () => kept.outlet.over === 'ended');
  });

  test('beat every 15 to 25 seconds, and live for 24 to 36 minutes', async () => {
    const { outlet } = await listen([news]);
    const beat = Buffer.from(':\n');
    const now = performance.now();
    const before = outlet.writes.length;
    hub.streams.pulse(now + 14_000, () => beat);
    expect(outlet.writes).toHaveLength(before);
    hub.streams.pulse(now + 25_100, () => beat);
    hub.streams.pulse(now + 25_200, () => beat);
    expect(outlet.writes.slice(before)).toEqual([beat]);
    hub.streams.pulse(now + 23 * 60_000, () => beat);
    expect(outlet.over).toBe('open');
    hub.streams.pulse(now + 37 * 60_000, () => beat);
    expect(outlet.over).toBe('ended');
  });

  test('are moved on, by an event, past what was not theirs, before the log forgets where they stand', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const quiet = await listen([news]);
    const late = await listen([news]);
    late.outlet.leave();
    const pulse = () => vi.advanceTimersByTime(26_000);
    pulse();
    expect(quiet.outlet.text).toBe(':\n');
    for (let n = 0; n < 12; n++) {
      const said = Array.from(
        { length: 100 },
        () => ({ do: 'append', ...eventEntry(SPORT, 'said', n), maxEntries: 500 }) as const,
      );
      await state.commit(said);
      await hub.deliver();
    }
    await turn();
    pulse();
    expect(quiet.outlet.events).toEqual([{ event: 'position', id: expect.any(String), data: '{}' }]);
    pulse();
    expect(quiet.outlet.events).toHaveLength(1);
    expect((await listen([news], quiet.lastId())).standing.gap).toBe(false);
    expect((await listen([news], late.lastId())).standing.gap).toBe(true);
  });

  test('are not moved on past what they still have to read', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
    const { outlet } = await listen([news]);
    outlet.paused = true;
    for (let n = 0; n < 12; n++) await hub.publish(NEWS, 'said', 'x'.repeat(4_000));
    await state.commit(
      Array.from({ length: 1_200 }, (_, n) => ({ do: 'append', ...eventEntry(SPORT, 'said', n) }) as const),
    );
    await hub.deliver();
    const later = performance.now() + 26_000;
    const clock = vi.spyOn(performance, 'now').mockReturnValue(later);
    vi.advanceTimersByTime(250);
    clock.mockRestore();
    outlet.flush();
    await until('it has read on', () => outlet.text.split('event: said').length === 13);
    expect(outlet.text).toContain('\n:\n');
    expect(outlet.text).not.toContain('event: position');
  });

  test('say that they are to be opened again, where they have lived long enough', async () => {
    const { outlet } = await listen([news]);
    hub.streams.pulse(performance.now() + 37 * 60_000, () => new Uint8Array());
    expect(outlet.over).toBe('ended');
    expect(outlet.events.at(-1)).toMatchObject({
      event: 'reconnect',
      data: expect.stringMatching(/^\{"after":\d+\}$/),
    });
  });

  test('say nothing of coming back where their session has ended', async () => {
    const { outlet } = await listen([news], undefined, hub, { owner: 'ada', session: 'hash', recheck: undefined });
    hub.streams.endSession('hash');
    expect([outlet.over, outlet.named('reconnect')]).toEqual(['ended', []]);
  });

  test('all end when the process drains, each with the time to come back at a time of its own', async () => {
    const clients = await Promise.all(Array.from({ length: 30 }, () => listen([news])));
    hub.streams.drain();
    const times = clients.map(({ outlet }) => /^retry: (\d+)$/m.exec(outlet.text)?.[1]);
    expect(clients.every(({ outlet }) => outlet.over === 'ended')).toBe(true);
    expect(new Set(times).size).toBeGreaterThan(20);
    for (const time of times) expect(Number(time)).toBeGreaterThanOrEqual(2_000);
    for (const { outlet } of clients) expect(outlet.events.at(-1)?.event).toBe('reconnect');
    expect(hub.streams.draining).toBe(true);
  });
});
