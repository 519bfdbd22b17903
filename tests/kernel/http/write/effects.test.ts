import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { PURGES, readEntry } from '#kernel/cache/purge-entry.ts';
import { done, publish } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { topic } from '#kernel/contract/topic.ts';
import { purgeAllEverywhere, purgeEverywhere } from '#kernel/http/write/effects.ts';
import { EVENT_STREAM_NAME, readEvent } from '#kernel/realtime/event-entry.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { type State, stateError } from '#kernel/state/state.ts';
import { purging } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { openPostgresState } from '#services/state/postgres/postgres.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { settingsFor, sharedPostgres } from '#tests/support/postgres.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { until } from '#tests/support/until.ts';
import { gated, json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';
import { passTime, stopTime } from '#tests/support/virtual-time.ts';

const http = upstream('shop', { timeout: 60_000, attempts: 1, parallel: 8 }).asUser;
const news = topic('news', 'public');
const LEASE = 8_000;

/** Changes something, and tells everybody. A key may be given. */
const review = operation(
  {
    id: 'review',
    route: 'POST /api/reviews',
    summary: '',
    audience: 'personal',
    input: z.object({}),
    example: {},
    deadline: 60_000,
    answers: { 204: undefined },
  },
  async (_, { need }) => {
    await need(purging(http.post(path`reviews`, {}, z.object({})), 'reviews'));
    return done().with(publish(news, 'reviewed', {}));
  },
);

/** Says something that is no event. */
const mumble = operation({ ...review.contract, id: 'mumble', route: 'POST /api/mumbles' }, async (_, { need }) => {
  await need(purging(http.post(path`reviews`, {}, z.object({})), 'reviews'));
  return done().with(publish(news, 'NOT A NAME', {}));
});

/** A place where several processes keep one state. */
interface Place {
  open(): State;
  dispose(): void;
}

/** What a process can do to its state: `may` says of each call whether it comes through. */
function through(state: State, may: (method: string) => boolean): State {
  return new Proxy(state, {
    get: (of, method: keyof State) => {
      const value = of[method];
      if (typeof value !== 'function') return value;
      return async (...given: unknown[]) => {
        if (!may(method)) throw stateError('away');
        return (value as (...given: unknown[]) => unknown)(...given);
      };
    },
  });
}

const WRITES = ['set', 'swap', 'claim', 'remove', 'count', 'append', 'commit'];

/** A process that is killed after so many writes reaches nothing more. */
function killedAfter(writes: number, state: State): State {
  let left = writes;
  return through(state, (method) => {
    if (left === 0) return false;
    if (WRITES.includes(method)) left--;
    return true;
  });
}

const seal = createSeal([randomBytes(32)]);
let shop: TestUpstream;
beforeEach(async () => {
  shop = await startUpstream();
  shop.otherwise = (response) => json(response, {}, 201);
});
afterEach(async () => {
  vi.useRealTimers();
  await shop.close();
});

const start = (state: State) => startEngine({ shop: shop.url }, [review, mumble], { state, seal });
const send = ({ ask }: TestEngine, key?: string, target = '/api/reviews') =>
  ask(
    target,
    { authorization: 'Bearer ada', ...(key !== undefined && { 'idempotency-key': key }) },
    { method: 'POST' },
  );
const purgesIn = async (state: State) =>
  (await state.read(PURGES, 0, 100)).map(({ value }) => readEntry(value)).map(({ tags }) => tags);
const eventsIn = async (state: State) =>
  (await state.read(EVENT_STREAM_NAME, 0, 100)).map(({ value }) => readEvent(value).event);

effects('a SQLite file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-effects-'));
  return {
    open: () => openSqliteState(join(folder, 'state.db')),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
});

describe.skipIf(isSkipped('initdb'))(`with Postgres${skipNote('initdb')}`, () => {
  effects('a database', async () => {
    const url = await (await sharedPostgres()).database();
    return { open: () => openPostgresState(settingsFor(url)), dispose: () => undefined };
  });
});

function effects(name: string, create: () => Promise<Place>): void {
  describe(`over ${name}, the effects of a write under a key`, () => {
    let place: Place;
    let states: State[];
    let log: State;
    const open = () => {
      const state = place.open();
      states.push(state);
      return state;
    };
    beforeEach(async () => {
      // Time passes where a test says so; and then nobody has renewed a lease.
      vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
      place = await create();
      states = [];
      log = open();
    });
    afterEach(async () => {
      await Promise.all(states.map((state) => state.close()));
      place.dispose();
    });

    test('are in the log once its outcome is told again, though its process was killed right after storing that', async () => {
      // The claim, and the outcome.
      await send(start(killedAfter(2, open())), 'k');
      const again = await send(start(open()), 'k');
      expect([again.status, again.headers['idempotency-replayed']]).toEqual([204, 'true']);
      expect(await purgesIn(log)).toEqual([['reviews']]);
      expect(await eventsIn(log)).toEqual(['reviewed']);
    });

    test('are stored by the next attempt where the store took neither them nor the outcome', async () => {
      let isAway = false;
      const engine = start(through(open(), (method) => method !== 'commit' || !isAway));
      isAway = true;
      expect((await send(engine, 'k')).status).toBe(204);
      isAway = false;
      vi.setSystemTime(Date.now() + LEASE);
      const again = await send(start(open()), 'k');
      expect([again.status, again.headers['idempotency-replayed']]).toEqual([204, undefined]);
      expect(await eventsIn(log)).toEqual(['reviewed']);
      expect(shop.count('/reviews')).toBe(2);
    });

    test('come from the attempt that has taken over, and of the other only what it has purged', async () => {
      const gate = gated(shop.otherwise);
      shop.otherwise = gate.handler;
      const engine = start(open());
      const stood = send(engine, 'k');
      await until('it is sent', () => shop.count('/reviews') === 1);
      vi.setSystemTime(Date.now() + LEASE);
      const other = send(engine, 'k');
      await until('it is sent again', () => shop.count('/reviews') === 2);
      gate.open();
      expect((await Promise.all([stood, other])).map(({ status }) => status)).toEqual([204, 204]);
      await engine.settled();
      expect(await eventsIn(log)).toEqual(['reviewed']);
      expect(await purgesIn(log)).toEqual([['reviews'], ['reviews']]);
      expect(engine.reported).toMatchObject([{ message: 'state: another attempt has taken over' }]);
      expect((await send(engine, 'k')).headers['idempotency-replayed']).toBe('true');
    });

    test('are stored without what is no event, which is reported', async () => {
      const engine = start(open());
      expect((await send(engine, 'k', '/api/mumbles')).status).toBe(204);
      expect(engine.reported).toMatchObject([{ name: 'RangeError' }]);
      expect((await send(engine, 'k', '/api/mumbles')).headers['idempotency-replayed']).toBe('true');
      expect(await purgesIn(log)).toEqual([['reviews']]);
      expect(await eventsIn(log)).toEqual([]);
    });
  });
}

describe('a purge that the store does not take', () => {
  let folder: string;
  let state: State;
  let isAway: boolean;
  let engine: TestEngine;

  beforeEach(async () => {
    await stopTime();
    folder = mkdtempSync(join(tmpdir(), 'tributary-effects-'));
    state = openSqliteState(join(folder, 'state.db'));
    isAway = true;
    engine = start(through(state, () => !isAway));
  });
  afterEach(async () => {
    await state.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The store is away for an hour; then what was deferred comes to its end. */
  async function outage(): Promise<void> {
    let isSettled = false;
    const settled = engine.settled().then(() => {
      isSettled = true;
    });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([isSettled, await purgesIn(state)]).toEqual([false, []]);
    isAway = false;
    await passTime(settled);
  }

  test('is deferred until it has, and nothing is told behind it', async () => {
    expect((await send(engine)).status).toBe(204);
    await outage();
    expect(await purgesIn(state)).toEqual([['reviews']]);
    expect(await eventsIn(state)).toEqual([]);
    expect(engine.reported).toHaveLength(1);
  });

  test.each([
    ['a tag', () => purgeEverywhere(engine.engine, ['thing']), ['thing']],
    ['everything', () => purgeAllEverywhere(engine.engine), undefined],
  ])('is deferred until it has, for an operator who purges %s as well', async (_, purge, logged) => {
    purge();
    await outage();
    expect(await purgesIn(state)).toEqual([logged]);
  });
});
