import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { type State, type Step, stateError } from '#kernel/state/state.ts';
import { openPostgresState } from '#services/state/postgres/postgres.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import type { WorkerLoop } from '#services/state/worker-loop.ts';
import { accept, type Delivery, type Inbox, type Taken } from '#services/webhooks/inbox/inbox.ts';
import { finishDelivery } from '#services/webhooks/inbox/inbox-ends.ts';
import { fail, holding, take } from '#services/webhooks/inbox/inbox-leases.ts';
import { counts, waiting } from '#services/webhooks/inbox/inbox-views.ts';
import { type InboxWork, startInboxWorker } from '#services/webhooks/inbox/inbox-worker.ts';
import { settingsFor, sharedPostgres } from '#tests/support/postgres.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { turn } from '#tests/support/until.ts';

const LEASE = 3_000;
/** Milliseconds of the virtual clock between two looks at it. */
const STEP = 200;

/** A place where several instances keep one state. */
interface Place {
  open(clock: () => number): State;
  dispose(): void;
}

leases('a SQLite file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-inbox-'));
  return {
    open: (clock) => openSqliteState(join(folder, 'state.db'), clock),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
});

describe.skipIf(isSkipped('initdb'))(`with Postgres${skipNote('initdb')}`, () => {
  leases('a database', async () => {
    const url = await (await sharedPostgres()).database();
    return { open: (clock) => openPostgresState(settingsFor(url), clock), dispose: () => undefined };
  });
});

function leases(name: string, create: () => Promise<Place>): void {
  describe(`in ${name}, a lease`, () => {
    let place: Place;
    let now: number;
    /** Calls of both states that are under way. */
    let pending: number;
    /** Two instances. */
    let one: Inbox;
    let two: Inbox;
    let workers: WorkerLoop[];
    /** End all work that is still waited for. */
    let releases: (() => void)[];

    beforeEach(async () => {
      resetRegistry();
      place = await create();
      [now, pending, workers, releases] = [1_000_000_000, 0, [], []];
      const open = (): Inbox => ({ state: counted(place.open(() => now)), now: () => now });
      [one, two] = [open(), open()];
      // Both are there before the clock is ours: to reach a database takes timers.
      await Promise.all([one, two].map(({ state }) => state.get('k')));
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    });
    afterEach(async () => {
      vi.useRealTimers();
      for (const release of releases) release();
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all([one, two].map(({ state }) => state.close()));
      place.dispose();
    });

    function counted(state: State): State {
      const call =
        (work: (...words: never[]) => unknown) =>
        async (...words: never[]) => {
          pending++;
          try {
            return await work(...words);
          } finally {
            pending--;
          }
        };
      return new Proxy(state, {
        get: (of, method: keyof State) => {
          const value = of[method];
          return typeof value === 'function' ? call(value as () => unknown) : value;
        },
      });
    }

    /** Lets everything run that waits neither for the clock nor for the test. */
    async function settle(): Promise<void> {
      for (let quiet = 0; quiet < 5; quiet = pending === 0 ? quiet + 1 : 0) await turn();
    }

    async function pass(milliseconds: number): Promise<void> {
      await settle();
      for (let passed = 0; passed < milliseconds; passed += STEP) {
        now += STEP;
        vi.advanceTimersByTime(STEP);
        await settle();
      }
    }

    const delivery = (id: string): Delivery => ({ sender: 's', id, type: 't', body: '{}' });
    const told = (text: string): Step => ({ do: 'append', stream: 'told', value: text, maxEntries: 100 });
    const allTold = async () => (await one.state.read('told', 0, 100)).map(({ value }) => value);
    const start = (inbox: Inbox, work: Partial<InboxWork>) => {
      const worker = startInboxWorker(inbox, {
        handle: async ({ id }) => ({ steps: [told(id)] }),
        report: () => undefined,
        ...work,
      });
      workers.push(worker);
      return worker;
    };
    /** Holds some until the returned function is called, and does nothing else to them. */
    const hold = (some: readonly Taken[]) => {
      const gate = Promise.withResolvers<void>();
      releases.push(gate.resolve);
      const held = holding(one, some, new Set(), () => gate.promise);
      return () => {
        gate.resolve();
        return held;
      };
    };
    /** Work that waits for the test where a delivery is slow. */
    function slowly() {
      const handled: string[] = [];
      const attempts: number[] = [];
      const gate = Promise.withResolvers<void>();
      releases.push(gate.resolve);
      const handle: InboxWork['handle'] = async (stored) => {
        handled.push(stored.id);
        attempts.push(stored.attempts);
        if (stored.id.startsWith('slow')) await gate.promise;
        return { steps: [told(stored.id)] };
      };
      return { handle, handled, attempts, release: gate.resolve };
    }
    /** The state of an instance, of which one method is another. */
    const changed = (
      inbox: Inbox,
      method: 'due' | 'commit' | 'getMany',
      by: (...words: never[]) => unknown,
    ): Inbox => ({
      ...inbox,
      state: new Proxy(inbox.state, { get: (of, key: keyof State) => (key === method ? by : of[key]) }),
    });

    test.each(['works', 'is being stopped'])('outlasts any work while its worker %s', async (how) => {
      const { handle, handled, release } = slowly();
      for (const id of ['slow a', 'slow b', 'c', 'd']) await accept(one, delivery(id));
      const versions: Record<string, number> = { 'slow a': 1, c: 2 };
      const ordered: InboxWork['handle'] = async (stored) => {
        const outcome = await handle(stored);
        const version = versions[stored.id];
        return version === undefined ? outcome : { ...outcome, object: { id: 'o', version } };
      };
      const [first] = [one, two].map((inbox) => start(inbox, { handle: ordered }));
      await settle();
      const stopped = how === 'works' ? undefined : first?.stop();
      await pass(4 * LEASE);
      expect((await allTold()).sort()).toEqual(['c', 'd']);
      release();
      await pass(STEP);
      await stopped;
      expect(handled.sort()).toEqual(['c', 'd', 'slow a', 'slow b']);
      // A newer version of its object has ended before it.
      expect((await allTold()).sort()).toEqual(['c', 'd', 'slow b']);
      expect(await counts(one)).toEqual({ waiting: 0, parked: 0 });
    });

    test('is not taken over by who has looked at what is due before it was granted, and at the delivery after', async () => {
      await accept(one, delivery('a'));
      const late = changed(two, 'due', async (...words) => {
        const due = await (two.state.due as (...all: never[]) => Promise<unknown>)(...words);
        await take(one, 1);
        return due;
      });
      expect(await take(late, 1)).toEqual([]);
    });

    test('is renewed for all of a batch together', async () => {
      const ids = Array.from({ length: 32 }, (_, id) => `slow ${id}`);
      for (const id of ids) await accept(one, delivery(id));
      const end = hold(await take(one, 32));
      await pass(4 * LEASE);
      expect(await take(two, 32)).toEqual([]);
      await end();
    });

    test('is another’s within its time after its worker has died, whose late end has no effect', async () => {
      await accept(one, delivery('a'));
      const mine = await take(one, 1);
      const die = hold(mine);
      await pass(4 * LEASE);
      await die();
      await pass(LEASE - STEP);
      const [theirs] = await take(two, 1);
      await pass(STEP);
      const [later] = theirs === undefined ? await take(two, 1) : [theirs];
      expect(later?.stored.attempts).toBe(2);
      for (const late of mine) {
        expect(await finishDelivery(one, late, { steps: [told('late')] })).toBe('lost');
        expect(await fail(one, late, 'late')).toBe('lost');
      }
      if (later) expect(await finishDelivery(two, later, { steps: [told('in time')] })).toBe('applied');
      expect(await allTold()).toEqual(['in time']);
    });

    test('ends after a minute where its work hangs: that attempt has failed, and the worker goes on', async () => {
      const { handle, handled, attempts } = slowly();
      await accept(one, delivery('slow'));
      start(one, { handle });
      await pass(59_000);
      await accept(one, delivery('next'));
      await pass(LEASE);
      expect(await allTold()).toEqual(['next']);
      expect([handled.filter((id) => id === 'slow').length, Math.max(...attempts)]).toEqual([2, 2]);
    });

    test('is not ours any more where a server that knows no leases has taken it over, and carries ours along', async () => {
      await accept(one, delivery('a'));
      const [mine] = await take(one, 1);
      if (mine === undefined) throw new Error('nothing was taken');
      const change = async (by: object) => {
        const there = await two.state.get(mine.key);
        const value = JSON.stringify({ ...JSON.parse(there?.value ?? ''), ...by });
        await two.state.commit([{ do: 'swap', key: mine.key, version: there?.version ?? 0, value, ttl: 60_000 }]);
      };
      await change({ attempts: mine.stored.attempts + 1 });
      expect(await finishDelivery(one, mine, { steps: [told('late')] })).toBe('lost');
      await change({ attempts: mine.stored.attempts, state: 'done', body: '' });
      expect(await finishDelivery(one, mine, { steps: [told('late')] })).toBe('lost');
      expect(await fail(one, mine, 'late')).toBe('lost');
      expect(await allTold()).toEqual([]);
    });

    test('is renewed once at a time, and its end waits for that one, where the store is slow', async () => {
      await accept(one, delivery('a'));
      let asked = 0;
      const gate = Promise.withResolvers<void>();
      releases.push(gate.resolve);
      const slow = changed(one, 'getMany', async (...words) => {
        asked++;
        await gate.promise;
        return one.state.getMany(...(words as unknown as [string[]]));
      });
      const some = await take(one, 1);
      const work = Promise.withResolvers<void>();
      const held = holding(slow, some, new Set(), () => work.promise);
      await pass(2 * LEASE);
      expect(asked).toBe(1);
      work.resolve();
      gate.resolve();
      await held;
      expect(asked).toBe(1);
    });

    test('that can’t be renewed is another’s after its time, and what ends then has no effect', async () => {
      const { handle, release } = slowly();
      await accept(one, delivery('slow'));
      let away = false;
      const cut = changed(one, 'commit', (...words) =>
        away ? Promise.reject(stateError('away')) : one.state.commit(...(words as unknown as [Step[]])),
      );
      start(cut, { handle });
      await settle();
      away = true;
      await pass(LEASE + STEP);
      const [theirs] = await take(two, 1);
      expect(theirs && (await finishDelivery(two, theirs, { steps: [told('theirs')] }))).toBe('applied');
      away = false;
      release();
      await pass(LEASE);
      expect(await allTold()).toEqual(['theirs']);
      expect(await counts(one)).toEqual({ waiting: 0, parked: 0 });
    });

    test('of whose renewals the store says nothing is renewed all the same, and ends where it began', async () => {
      const { handle, handled, release } = slowly();
      await accept(one, delivery('slow'));
      let mute = false;
      const muted = changed(one, 'commit', async (...words) => {
        const versions = await one.state.commit(...(words as unknown as [Step[]]));
        if (mute) throw stateError('its answer was lost');
        return versions;
      });
      start(muted, { handle });
      await settle();
      mute = true;
      start(two, { handle });
      await pass(3 * LEASE);
      mute = false;
      release();
      await pass(STEP);
      expect(handled).toEqual(['slow']);
      expect(await allTold()).toEqual(['slow']);
    });

    test('is no attempt where the store fails after it was granted, whether or not it has said so', async () => {
      for (const says of [true, false]) {
        const { handle, handled, attempts } = slowly();
        const ids = Array.from({ length: 20 }, (_, id) => `${says} ${id}`);
        for (const id of ids) await accept(one, delivery(id));
        let granted = false;
        let away = false;
        const broken = { ...one };
        const answer =
          (method: 'commit' | 'getMany') =>
          async (...words: never[]) => {
            if (away) throw stateError('away');
            const answered = await (one.state[method] as (...all: never[]) => Promise<unknown>)(...words);
            if (method === 'commit' && !granted) {
              granted = away = true;
              if (!says) throw stateError('its answer was lost');
            }
            return answered;
          };
        const worker = start(changed(changed(broken, 'commit', answer('commit')), 'getMany', answer('getMany')), {
          handle,
        });
        await pass(LEASE - 5 * STEP);
        away = false;
        await pass(4 * LEASE);
        await worker.stop();
        expect(new Set(handled)).toEqual(new Set(ids));
        expect(new Set(attempts)).toEqual(new Set([1]));
        expect(await waiting(one, 100)).toEqual([]);
      }
    });

    test('of which the store has not told a worker is given back where that is stopped before its next turn', async () => {
      await accept(one, delivery('a'));
      let away = false;
      let answers = false;
      const cut = changed(one, 'commit', async (...words) => {
        if (away) throw stateError('away');
        const versions = await one.state.commit(...(words as unknown as [Step[]]));
        if (answers) return versions;
        away = true;
        throw stateError('its answer was lost');
      });
      const worker = start(cut, {});
      await settle();
      expect(await waiting(one, 10)).toMatchObject([{ attempts: 1 }]);
      [away, answers] = [false, true];
      await worker.stop();
      expect(await waiting(one, 10)).toMatchObject([{ attempts: 0 }]);
    });

    test('ends as soon as the store allows where it has kept a delivery from its end, whatever else is in hand', async () => {
      const { handle, release } = slowly();
      let away = false;
      const cut = changed(one, 'commit', (...words) =>
        away ? Promise.reject(stateError('away')) : one.state.commit(...(words as unknown as [Step[]])),
      );
      for (const id of ['slow', 'a']) await accept(one, delivery(id));
      start(
        { ...cut, state: Object.assign(cut.state, { isRemote: true }) },
        {
          handle: async (stored) => {
            const outcome = await handle(stored);
            if (stored.id === 'a') away = true;
            return outcome;
          },
        },
      );
      await pass(LEASE - 2 * STEP);
      away = false;
      await pass(LEASE);
      const [theirs] = await take(two, 1);
      expect(theirs?.stored).toMatchObject({ id: 'a', attempts: 1 });
      release();
      await settle();
    });
  });
}
