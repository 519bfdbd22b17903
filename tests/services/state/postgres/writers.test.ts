import { Client } from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PURGES } from '#kernel/cache/purge-entry.ts';
import { ENDED_SESSIONS } from '#kernel/identity/session.ts';
import { EVENT_STREAM_NAME } from '#kernel/realtime/event-entry.ts';
import { OVERRIDES } from '#kernel/state/override-log.ts';
import type { State } from '#kernel/state/state.ts';
import { openPostgresState, type PostgresState } from '#services/state/postgres/postgres.ts';
import { FOLLOWED } from '#services/state/tables.ts';
import { accept, type Inbox, PARKED, WAITING } from '#services/webhooks/inbox/inbox.ts';
import { startInboxWorker } from '#services/webhooks/inbox/inbox-worker.ts';
import { type PostgresServer, settingsFor, sharedPostgres } from '#tests/support/postgres.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { until } from '#tests/support/until.ts';

const WRITERS = 6;

describe.skipIf(isSkipped('initdb'))(`several writers on one Postgres${skipNote('initdb')}`, () => {
  let server: PostgresServer;
  let url: string;
  let states: PostgresState[];
  beforeAll(async () => {
    server = await sharedPostgres();
  });
  beforeEach(async () => {
    url = await server.database();
    states = Array.from({ length: 3 }, () => openPostgresState(settingsFor(url)));
    return () => Promise.all(states.map((state) => state.close()));
  });
  const through = (index: number) => states[index % states.length] as State;

  test('make its schema once, however many begin at the same moment', async () => {
    await Promise.all(states.map((state, index) => state.append('s', String(index), { maxEntries: 10 })));
    const { rows } = await (states[0] as PostgresState).query({ text: 'SELECT * FROM tributary.schema_version' });
    expect(rows).toEqual([{ version: 2, oldest: 1 }]);
  });

  test('append, and a reader who follows skips no entry that is committed late', async () => {
    const each = 60;
    const seen: number[] = [];
    const read: string[] = [];
    let position = 0;
    let writing = true;
    const reader = (async () => {
      for (;;) {
        const last = !writing;
        const entries = await through(0).read('log', position, 1_000);
        for (const { id, value } of entries) {
          seen.push(id);
          read.push(value);
          position = id;
        }
        if (last && entries.length === 0) return;
      }
    })();
    const written = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let index = 0; index < each; index++) {
        const name = `${writer}.${index}`;
        const append = { do: 'append', stream: 'log', value: name, maxEntries: 100_000 } as const;
        // Commits of several steps are under way for longer than single ones.
        const more = { do: 'enqueue', queue: 'q', member: name, due: 0 } as const;
        if (index % 2 === 0) await through(writer).append('log', name, append);
        else await through(writer).commit([append, more], { durable: index % 3 === 0 });
      }
    });
    await Promise.all(written);
    writing = false;
    await reader;
    expect(seen).toEqual(Array.from({ length: WRITERS * each }, (_, index) => index + 1));
    expect(new Set(read).size).toBe(WRITERS * each);
  });

  test('wait for the one whose append is not committed yet, and readers for all before it', async () => {
    await through(0).append('log', 'first', { maxEntries: 10 });
    const late = new Client({ connectionString: url });
    await late.connect();
    await late.query('BEGIN');
    await late.query(
      `SELECT tributary.write(1, false, '{append}', '{log}', '{late}', '{10}', '{null}', '{""}', '{""}', '{1}')`,
    );
    let done = false;
    const next = through(1)
      .append('log', 'next', { maxEntries: 10 })
      .finally(() => {
        done = true;
      });
    const waits = () => through(2).read('log', 1, 10);
    const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%tributary.write%'";
    await expect.poll(async () => (await (states[2] as PostgresState).query({ text: waiting })).rows.length).toBe(1);
    expect(done).toBe(false);
    expect(await waits()).toEqual([]);
    await late.query('COMMIT');
    await late.end();
    expect(await next).toBe(3);
    expect((await waits()).map(({ value }) => value)).toEqual(['late', 'next']);
  });

  test('swap and claim: one wins each time', async () => {
    for (let round = 0; round < 20; round++) {
      const claims = await Promise.all(
        Array.from({ length: WRITERS }, (_, writer) =>
          through(writer).claim(`k${round}`, String(writer), { ttl: 60_000 }),
        ),
      );
      expect(claims.filter((there) => there === undefined)).toHaveLength(1);
      const { version = 0 } = (await through(0).get(`k${round}`)) ?? {};
      const swaps = await Promise.all(
        Array.from({ length: WRITERS }, (_, writer) =>
          through(writer).swap(`k${round}`, version, `by ${writer}`, { ttl: 60_000 }),
        ),
      );
      expect(swaps.filter((won) => won !== undefined)).toHaveLength(1);
      expect((await through(1).get(`k${round}`))?.value).toBe(`by ${swaps.findIndex((won) => won !== undefined)}`);
    }
  });

  test('take over a lease that has run out: one of them', async () => {
    let now = 1_000;
    const clocked = states.map(() => openPostgresState(settingsFor(url), () => now));
    for (let round = 0; round < 10; round++) {
      now += 100;
      const held = await Promise.all(
        Array.from({ length: WRITERS }, (_, writer) =>
          (clocked[writer % clocked.length] as State).claim('renewal:x', `${round}.${writer}`, { ttl: 100 }),
        ),
      );
      expect(held.filter((there) => there === undefined)).toHaveLength(1);
    }
    await Promise.all(clocked.map((state) => state.close()));
  });

  test('work an inbox off together: each delivery has one effect, and of an object the newest is the last word', async () => {
    const inboxes = states.map((state): Inbox => ({ state, now: Date.now }));
    const count = 400;
    const objects = 40;
    await Promise.all(
      Array.from({ length: count }, (_, id) =>
        accept(inboxes[id % 3] as Inbox, { sender: 's', id: String(id), type: 't', body: '{}' }),
      ),
    );
    const failures: unknown[] = [];
    const workers = inboxes.map((inbox) =>
      startInboxWorker(inbox, {
        handle: async ({ id }) => ({
          steps: [{ do: 'append', stream: 'told', value: id, maxEntries: 10_000 }],
          object: { id: `o${Number(id) % objects}`, version: Math.floor(Number(id) / objects) },
        }),
        report: (error) => failures.push(error),
      }),
    );
    await expect.poll(() => through(0).queued(WAITING)).toBe(0);
    await Promise.all(workers.map((worker) => worker.stop()));
    const told = (await through(0).read('told', 0, 10_000)).map(({ value }) => Number(value));
    expect([new Set(told).size, failures]).toEqual([told.length, []]);
    for (let object = 0; object < objects; object++) {
      const versions = told.filter((id) => id % objects === object);
      expect(versions).toEqual(versions.toSorted((one, next) => one - next));
      expect(versions.at(-1)).toBe(count - objects + object);
    }
  });

  test('count to the last one', async () => {
    const sums = await Promise.all(Array.from({ length: 90 }, (_, index) => through(index).count('c', 2, 60_000)));
    expect(sums.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 90 }, (_, index) => 2 * index + 2));
  });

  test('commit all or nothing in whatever order the steps name the same rows, and none waits for ever', async () => {
    const rounds = 25;
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) await through(0).set(name, '0', { ttl: 600_000 });
    const turn = async (writer: number): Promise<number> => {
      let won = 0;
      for (let round = 0; round < rounds; round++) {
        const order = writer % 2 === 0 ? names : names.toReversed();
        const found = await Promise.all(order.map((name) => through(writer).get(name)));
        const committed = await through(writer).commit([
          { do: 'append', stream: `to ${order[0]}`, value: '', maxEntries: 10_000 },
          { do: 'append', stream: `to ${order[3]}`, value: '', maxEntries: 10_000 },
          ...order.map((key, index) => ({
            do: 'swap' as const,
            key,
            version: found[index]?.version ?? 0,
            value: String(Number(found[index]?.value) + 1),
            ttl: 600_000,
          })),
        ]);
        if (committed) won++;
      }
      return won;
    };
    const won = await Promise.all(Array.from({ length: WRITERS }, (_, writer) => turn(writer)));
    const all = won.reduce((sum, one) => sum + one, 0);
    expect(all).toBeGreaterThan(0);
    for (const name of names) expect((await through(0).get(name))?.value).toBe(String(all));
    expect((await through(0).bounds('to a'))?.last).toBe(all);
  });

  test('keep any text, zeros too', async () => {
    const texts = ['\0', 'a\0b', '\uE000', '\uE0000', '\uE000\0\uE0001', '"{},\\\'NULL', 'null', '', ' '];
    for (const text of texts) {
      await through(0).set(`k${text}`, text, { ttl: 60_000, owner: text });
      await through(0).append(`s${text}`, text, { maxEntries: 1 });
      await through(0).commit([{ do: 'enqueue', queue: text, member: text, due: 1.5 }]);
      expect((await through(1).get(`k${text}`))?.value).toBe(text);
      expect(await through(1).read(`s${text}`, 0, 10)).toEqual([{ id: 1, value: text }]);
      expect(await through(1).due(text, 2, 10)).toEqual([{ member: text, due: 2 }]);
    }
  });

  test('sweep what has expired: one of them a minute', async () => {
    let now = 1_000_000;
    const clocked = states.map(() => openPostgresState(settingsFor(url), () => now));
    const [first, second] = clocked as [PostgresState, PostgresState];
    for (let index = 0; index < 30; index++) await first.set(`old.${index}`, 'x', { ttl: 10 });
    const left = async () => (await first.query({ text: 'SELECT key FROM tributary.keys' })).rows.length;
    now += 60_000;
    await second.set('young', 'x', { ttl: 600_000 });
    await expect.poll(left).toBe(1);
    // Its turn was taken: what expires now waits for the next minute.
    await first.set('soon', 'x', { ttl: 10 });
    now += 30_000;
    await first.set('young', 'y', { ttl: 600_000 });
    await first.close();
    expect(await left()).toBe(2);
    now += 30_000;
    await second.set('young', 'z', { ttl: 600_000 });
    await expect.poll(left).toBe(1);
    await Promise.all(clocked.map((state) => state.close()));
  });

  test('are woken by one another’s writes, not by their own', async () => {
    const heard = states.map(() => 0);
    const hangUps = states.map((state, index) => state.doorbell?.on(() => (heard[index] = (heard[index] ?? 0) + 1)));
    await until('all listen', () => states.every((state) => state.doorbell?.isOpen));
    // Opening rings once, for what came before.
    await until('all were opened', () => heard.every((times) => times === 1));
    await through(0).append('purges', 'x', { maxEntries: 1 });
    await until('the others hear of it', () => heard[1] === 2 && heard[2] === 2);
    expect(heard[0]).toBe(1);
    for (const hangUp of hangUps) hangUp?.();
  });

  test('are heard by who begins to listen while the last who did so leaves', async () => {
    const [{ doorbell }] = states as [PostgresState];
    // Before it is connected, and after.
    for (const isConnected of [false, true]) {
      const leave = doorbell?.on(() => undefined);
      if (isConnected) await until('it listens', () => doorbell?.isOpen === true);
      leave?.();
      let heard = 0;
      const hangUp = doorbell?.on(() => heard++);
      await until('it listens', () => doorbell?.isOpen === true);
      const before = heard;
      await through(1).append('purges', 'x', { maxEntries: 1 });
      await until('it hears', () => heard > before);
      hangUp?.();
      await until('it does not listen any more', () => doorbell?.isOpen === false);
    }
  });

  test('are not listened for once a state is closed, whoever did so', async () => {
    const [state] = states as [PostgresState];
    state.doorbell?.on(() => undefined);
    await until('it listens', () => state.doorbell?.isOpen === true);
    await state.close();
    expect(state.doorbell?.isOpen).toBe(false);
    state.doorbell?.on(() => undefined);
    await state.close();
    expect(state.doorbell?.isOpen).toBe(false);
  });

  test('wake nobody for what nobody follows, nor for what is due later', async () => {
    const [state] = states as [PostgresState];
    const { doorbell } = state;
    const append = (stream: string) => state.append(stream, 'x', { maxEntries: 10 });
    const enqueue = (queue: string, due: number) => state.commit([{ do: 'enqueue', queue, member: 'm', due }]);
    for (const stream of ['receipts', 'purge-log', 'anything']) await append(stream);
    for (const queue of ['cdn:again', PARKED]) await enqueue(queue, 0);
    await enqueue(WAITING, Date.now() + 3_000);
    await state.set('session:1', 'x', { ttl: 1_000 });
    expect([...(doorbell?.rung ?? [])]).toEqual([]);
    // All that anybody follows, by the names that their owners have for it.
    const followed = [PURGES, OVERRIDES, EVENT_STREAM_NAME, ENDED_SESSIONS];
    for (const stream of followed) await append(stream);
    await enqueue(WAITING, Date.now());
    await state.commit([
      { do: 'append', stream: PURGES, value: 'x', maxEntries: 10 },
      { do: 'append', stream: 'receipts', value: 'x', maxEntries: 10 },
    ]);
    expect(Object.fromEntries(doorbell?.rung ?? [])).toEqual({
      ...Object.fromEntries(followed.map((stream) => [stream, stream === PURGES ? 2 : 1])),
      [WAITING]: 1,
    });
    expect(new Set([...followed, WAITING])).toEqual(FOLLOWED);
  });
});
