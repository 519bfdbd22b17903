import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { userScope } from '#kernel/base/scope.ts';
import { followPurges, purgeStep } from '#kernel/cache/purge-log.ts';
import { createTagTable, isPurged } from '#kernel/cache/tags.ts';
import { topic } from '#kernel/contract/topic.ts';
import { ENDED_SESSIONS } from '#kernel/identity/session.ts';
import { channelOf, EVENT_STREAM_NAME, eventEntry } from '#kernel/realtime/event-entry.ts';
import { EventStream, type StreamOwner } from '#kernel/realtime/event-stream.ts';
import { heartbeat } from '#kernel/realtime/frame.ts';
import { Hub, type Standing } from '#kernel/realtime/hub.ts';
import { openSqliteState } from '#kernel/state/sqlite.ts';
import { type State, stateError } from '#kernel/state/state.ts';
import { runs } from '#tests/support/long.ts';
import { rewind } from '#tests/support/rewind.ts';
import { TestOutlet } from '#tests/support/stream.ts';
import { turn, until } from '#tests/support/until.ts';

const NEWS = topic('news', 'public');
const SPORT = topic('sport', 'public');
const MAIL = topic('mail', 'personal');
const ANA = userScope('https://issuer.test', 'ana');
const BO = userScope('https://issuer.test', 'bo');
const NOBODY: StreamOwner = { owner: undefined, session: undefined, recheck: undefined };

let folder: string;
let state: State;
let hub: Hub;
let open: TestOutlet[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hub-'));
  state = openSqliteState(join(folder, 'state.db'));
  hub = new Hub(state);
  open = [];
});
afterEach(async () => {
  vi.useRealTimers();
  for (const outlet of open) outlet.leave();
  await state.close();
  rmSync(folder, { recursive: true });
});

interface Client {
  readonly outlet: TestOutlet;
  readonly standing: Standing;
  /** The data of the events that came. */
  data(): unknown[];
  lastId(): string;
}

async function listen(channels: string[], lastId?: string, at = hub, holder: StreamOwner = NOBODY): Promise<Client> {
  const outlet = new TestOutlet();
  open.push(outlet);
  const stream = new EventStream(outlet, holder, performance.now());
  at.open(stream);
  let subscribed: Promise<void> | undefined;
  const standing = await new Promise<Standing>((greet, fail) => {
    subscribed = at.subscribe(stream, new Set(channels), lastId, greet);
    subscribed.catch(fail);
  });
  await subscribed;
  const { id } = standing;
  return {
    outlet,
    standing,
    data: () => outlet.events.map((event) => JSON.parse(event.data)),
    lastId: () => outlet.events.at(-1)?.id ?? id,
  };
}

const news = channelOf(NEWS, 'public');

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
      await hub.commit(said);
    }
    await turn();
    pulse();
    expect(quiet.outlet.events).toEqual([{ event: 'position', id: expect.any(String), data: '{}' }]);
    pulse();
    expect(quiet.outlet.events).toHaveLength(1);
    expect((await listen([news], quiet.lastId())).standing.gap).toBe(false);
    expect((await listen([news], late.lastId())).standing.gap).toBe(true);
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
