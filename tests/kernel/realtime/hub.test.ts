import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { followPurges, purgeStep } from '#kernel/cache/purge-log.ts';
import { createTagTable, isPurged } from '#kernel/cache/tags.ts';
import { channelOf, eventEntry } from '#kernel/realtime/event-entry.ts';
import { Hub } from '#kernel/realtime/hub.ts';
import { stateError } from '#kernel/state/state.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { ANA, BO, folder, hub, listen, MAIL, NEWS, news, SPORT, state, withHub } from '#tests/support/hub.ts';

withHub();

test('who listens is counted by topic, without names, and until they leave', async () => {
  const mail = (scope: typeof ANA) => channelOf(MAIL, scope);
  const [first] = [await listen([news, mail(ANA)]), await listen([mail(ANA)]), await listen([mail(BO)])];
  expect(Object.fromEntries(hub.listeners())).toEqual({
    news: { channels: 1, listening: 1, behind: 0 },
    mail: { channels: 2, listening: 3, behind: 0 },
  });
  expect(hub.streams.size).toBe(3);
  first?.outlet.leave();
  expect(Object.fromEntries(hub.listeners())).toEqual({ mail: { channels: 2, listening: 2, behind: 0 } });
  expect(JSON.stringify([...hub.listeners()])).not.toContain('ana');
});

describe('what is published', () => {
  test('comes to all who listen to it, in order, as the very same bytes', async () => {
    const [one, two, other] = await Promise.all([listen([news]), listen([news, 'sport']), listen(['sport'])]);
    for (let n = 0; n < 20; n++) await hub.publish(n % 2 ? NEWS : SPORT, 'said', { n });
    const odd = Array.from({ length: 10 }, (_, index) => ({ n: 2 * index + 1 }));
    expect(one.data()).toEqual(odd);
    expect(two.data()).toEqual(Array.from({ length: 20 }, (_, n) => ({ n })));
    expect(other.data()).toHaveLength(10);
    // Serialised once: not equal bytes, but the same ones.
    for (const bytes of one.outlet.writes) expect(two.outlet.writes.some((same) => same === bytes)).toBe(true);
  });

  test('by another process over the same state comes too', async () => {
    const there = new Hub(openSqliteState(join(folder, 'state.db')));
    const [here, far] = [await listen([news]), await listen([news], undefined, there)];
    for (let n = 0; n < 5; n++) await (n % 2 ? hub : there).publish(NEWS, 'said', n);
    await here.outlet.has('said', 5);
    await far.outlet.has('said', 5);
    expect(here.data()).toEqual([0, 1, 2, 3, 4]);
    expect(far.data()).toEqual([0, 1, 2, 3, 4]);
    expect(here.outlet.events.map(({ id }) => id)).toEqual(far.outlet.events.map(({ id }) => id));
  });

  test('is waited for no longer because others never stop publishing', async () => {
    let others = 0;
    const read: typeof state.read = async (...asked) => {
      const entries = await state.read(...asked);
      if (others > 0) await busy.publish(NEWS, 'said', others--);
      return entries;
    };
    const busy = new Hub({ ...state, read });
    const here = await listen([news], undefined, busy);
    others = 20;
    await busy.publish(NEWS, 'said', 'first');
    expect(others, 'to be published still').toBeGreaterThan(0);
    await here.outlet.has('said', 21);
    expect(others).toBe(0);
  });

  test('for one principal comes to no other, and a personal topic can’t be everybody’s', async () => {
    const [ana, bo, all] = [
      await listen([news, channelOf(MAIL, ANA)]),
      await listen([news, channelOf(MAIL, BO)]),
      await listen([news, 'mail']),
    ];
    await hub.publish(MAIL, 'came', { secret: 'canary-of-ana' }, ANA);
    await hub.publish(NEWS, 'said', 1);
    expect(ana.outlet.events).toHaveLength(2);
    for (const { outlet } of [bo, all]) {
      expect(outlet.text).not.toContain('canary');
      expect(outlet.events).toHaveLength(1);
    }
    expect(() => channelOf(MAIL, 'public')).toThrow(TypeError);
    await expect(hub.publish(MAIL, 'came', 1)).rejects.toThrow(TypeError);
  });

  test('must be an event: a name that fits on a line, and data that is no document', async () => {
    await expect(hub.publish(NEWS, 'a\nb', 1)).rejects.toThrow(RangeError);
    await expect(hub.publish(NEWS, 'said', 'x'.repeat(20_000))).rejects.toThrow(RangeError);
    expect(await state.bounds('events')).toBeUndefined();
  });

  test('before the first listener is not what is new to those who come then', async () => {
    (await listen([])).outlet.leave();
    await listen([]);
    // By another process: nobody here has been told yet.
    await state.append('events', 'news\nsaid\n"before"', { maxEntries: 10 });
    const client = await listen([news]);
    await hub.publish(NEWS, 'said', 'new');
    expect(client.data()).toEqual(['new']);
  });

  test('with a purge is not sent before that holds here: a client that reads again then reads nothing old', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const table = createTagTable();
    const follower = followPurges(state, table);
    await follower.catchUp();
    const elsewhere = openSqliteState(join(folder, 'state.db'));
    const change = (n: number) =>
      elsewhere.commit([purgeStep([`thing:${n}`]), { do: 'append', ...eventEntry(NEWS, 'changed', n) }]);
    const [client, leaving] = [await listen([news]), await listen([news])];
    const fetched = table.sequence;
    leaving.outlet.leave();
    await change(1);
    await hub.publish(SPORT, 'said', 'anything');
    expect([client.data(), isPurged(table, ['thing:1'], fetched)]).toEqual([[1], true]);
    await change(2);
    const back = await listen([news], leaving.standing.id);
    expect([back.data(), isPurged(table, ['thing:2'], fetched)]).toEqual([[1, 2], true]);
    follower.stop();
    await elsewhere.close();
  });

  test('and forgotten before this process saw it is a gap: all listeners hear of it, once', async () => {
    const [first, other] = [await listen([news]), await listen([SPORT.name])];
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    for (let n = 0; n < 20; n++) await state.append('events', `news\nsaid\n${n}`, { maxEntries: 3 });
    await hub.publish(NEWS, 'said', 'new');
    const said = first.outlet.events.map(({ event, data }) => (event === 'reset' ? event : JSON.parse(data)));
    expect(said).toEqual(['reset', 17, 18, 19, 'new']);
    expect(other.outlet.events.map(({ event }) => event)).toEqual(['reset']);
  });

  test('while the store can’t be read is not lost: it comes with a later look', async () => {
    const client = await listen([news]);
    const read = vi.spyOn(state, 'read').mockRejectedValue(stateError('away'));
    await hub.publish(NEWS, 'said', 1);
    expect(client.data()).toEqual([]);
    read.mockRestore();
    await client.outlet.has('said', 1);
  });
});
