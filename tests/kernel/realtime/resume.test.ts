import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channelOf } from '#kernel/realtime/event-entry.ts';
import { EventStream } from '#kernel/realtime/event-stream.ts';
import { Hub } from '#kernel/realtime/hub.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import {
  ANA,
  BO,
  type Client,
  folder,
  hub,
  listen,
  MAIL,
  NEWS,
  NOBODY,
  news,
  open,
  SPORT,
  state,
  withHub,
} from '#tests/support/hub.ts';
import { runs } from '#tests/support/long.ts';
import { TestOutlet } from '#tests/support/stream.ts';
import { turn } from '#tests/support/until.ts';

withHub();

describe('coming back', () => {
  test('after cuts at random, of many clients: nothing is lost, nothing comes twice, all in order', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant('publish' as const) },
      { weight: 2, arbitrary: fc.constant('other' as const) },
      { weight: 2, arbitrary: fc.nat(4) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        const clients = await Promise.all(Array.from({ length: 5 }, () => listen([news])));
        const heard: unknown[][] = clients.map(() => []);
        const comingBack: Promise<void>[] = [];
        let n = 0;
        const cut = async (index: number) => {
          const client = clients[index] as Client;
          client.outlet.leave();
          heard[index]?.push(...client.data());
          clients[index] = await listen([news], client.lastId());
        };
        for (const what of steps) {
          // Whoever comes back does so while the others are published to.
          if (what === 'publish') await hub.publish(NEWS, 'said', n++);
          else if (what === 'other') await hub.publish(SPORT, 'said', 'of no interest');
          else {
            await Promise.all(comingBack.splice(0));
            comingBack.push(cut(what));
          }
        }
        await Promise.all(comingBack);
        await hub.publish(NEWS, 'said', n++);
        for (const [index, client] of clients.entries()) {
          expect([...(heard[index] ?? []), ...client.data()]).toEqual(Array.from({ length: n }, (_, each) => each));
          client.outlet.leave();
        }
      }),
      { numRuns: runs(40) },
    );
  });

  test('before anything was published resumes from there: the greeting has an id', async () => {
    const first = await listen([news]);
    first.outlet.leave();
    await hub.publish(NEWS, 'said', 'meanwhile');
    const back = await listen([news], first.standing.id);
    expect([back.standing.gap, back.data()]).toEqual([false, ['meanwhile']]);
  });

  test('while others have yet to hear what is new brings it once', async () => {
    const [first, other] = [await listen([news]), await listen([news])];
    first.outlet.leave();
    await state.append('events', 'news\nsaid\n1', { maxEntries: 10 });
    const back = await listen([news], first.standing.id);
    expect([back.data(), other.data()]).toEqual([[1], []]);
    await hub.publish(NEWS, 'said', 2);
    expect([back.data(), other.data()]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test('too late is a gap, said at once; what comes from then on is not lost', async () => {
    const first = await listen([news]);
    first.outlet.leave();
    for (let n = 0; n < 6; n++) await state.append('events', `news\nsaid\n${n}`, { maxEntries: 3 });
    const back = await listen([news], first.standing.id);
    expect([back.standing.gap, back.data()]).toEqual([true, []]);
    await hub.publish(NEWS, 'said', 'new');
    expect(back.data()).toEqual(['new']);
  });

  test.each(['', '1', '0', '"an-etag"', 'AAAAAAAAAAAAAAAAAAAAAA', '../../x', 'é'.repeat(128)])(
    'with the id %j, which is none of ours, is a gap',
    async (id) => {
      await hub.publish(NEWS, 'said', 'before');
      const { standing, data } = await listen([news], id);
      expect([standing.gap, data()]).toEqual([true, []]);
    },
  );

  test('with another’s id brings nothing of theirs', async () => {
    const ana = await listen([news, channelOf(MAIL, ANA)]);
    await hub.publish(MAIL, 'came', 'canary-of-ana', ANA);
    const stolen = (await listen([news, channelOf(MAIL, BO)], ana.standing.id)).outlet;
    await hub.publish(MAIL, 'came', 'canary-again', ANA);
    await hub.publish(MAIL, 'came', 'for-bo', BO);
    expect(stolen.events.map(({ data }) => data)).toEqual(['"for-bo"']);
  });

  test('with an id of another store, or of one that was lost since, is a gap', async () => {
    const { standing } = await listen([news]);
    const elsewhere = openSqliteState(join(folder, 'elsewhere.db'));
    const there = new Hub(elsewhere);
    for (let n = 0; n < 5; n++) await there.publish(NEWS, 'said', n);
    expect((await listen([news], standing.id, there)).standing.gap).toBe(true);
    await elsewhere.close();
  });

  test('so slowly that the log forgets what was still to be read hears of the gap, and of all that came after it', async () => {
    const first = await listen([news]);
    first.outlet.leave();
    for (let n = 0; n < 20; n++) await hub.publish(NEWS, 'said', 'x'.repeat(4_000));
    const outlet = new TestOutlet();
    open.push(outlet);
    const stream = new EventStream(outlet, NOBODY, performance.now());
    stream.send(Buffer.from(`:${'x'.repeat(40_000)}\n\n`));
    outlet.paused = true;
    outlet.queued = 40_000;
    hub.open(stream);
    const subscribed = hub.subscribe(stream, new Set([news]), first.standing.id, () => {});
    await turn();
    for (let n = 0; n < 300; n++) await state.append('events', `news\nsaid\n${n}`, { maxEntries: 3 });
    await hub.publish(NEWS, 'said', 'last');
    outlet.paused = false;
    outlet.flush();
    await subscribed;
    const said = outlet.events.map(({ event, data }) => (event === 'reset' ? event : JSON.parse(data)));
    expect(said.slice(-5)).toEqual(['reset', 297, 298, 299, 'last']);
    expect(outlet.named('reset')).toHaveLength(1);
    const back = await listen([news], outlet.named('reset')[0]?.id);
    expect([back.standing.gap, back.data()]).toEqual([false, [297, 298, 299, 'last']]);
  });

  test('a slow client reads what it missed bit by bit, and is never overfilled', async () => {
    const first = await listen([news]);
    first.outlet.leave();
    for (let n = 0; n < 60; n++) await hub.publish(NEWS, 'said', 'x'.repeat(4_000));
    const outlet = new TestOutlet();
    open.push(outlet);
    outlet.paused = true;
    const stream = new EventStream(outlet, NOBODY, performance.now());
    hub.open(stream);
    let done = false;
    const subscribed = hub
      .subscribe(stream, new Set([news]), first.standing.id, () => {})
      .then(() => {
        done = true;
      });
    for (let flushes = 0; flushes < 200 && !done; flushes++) {
      expect(outlet.queued).toBeLessThan(64 * 1_024);
      outlet.flush();
      await turn();
    }
    await subscribed;
    expect([outlet.over, outlet.writes.length]).toEqual(['open', 60]);
  });
});
