import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Cdn } from '#config/cdn.ts';
import { resetRegistry } from '#kernel/base/registry.ts';
import { userScope } from '#kernel/base/scope.ts';
import { cdnFigures } from '#kernel/cache/cdn/cdn-figures.ts';
import { purgeAllStep, purgeStep } from '#kernel/cache/purge-log.ts';
import { receiptOf } from '#kernel/cache/receipts/receipts.ts';
import { privateTag } from '#kernel/cache/tags.ts';
import { type State, stateError } from '#kernel/state/state.ts';
import { cdnPurge } from '#services/cdn/cdn.ts';
import { CdnWorker, startCdnWorker } from '#services/cdn/cdn-worker.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { type CdnApi, startCdnApi } from '#tests/support/cdn-api.ts';
import { rewind } from '#tests/support/rewind.ts';
import { turn } from '#tests/support/until.ts';

const AGAIN_AFTER = 3_000;
const folder = mkdtempSync(join(tmpdir(), 'tributary-cdn-'));

afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(['fastly', 'cloudflare'] as const)('purges at %s', (name) => {
  let api: CdnApi;
  let state: State;
  let clock: number;
  let reported: string[];
  let count = 0;

  beforeEach(async () => {
    resetRegistry();
    api = await startCdnApi(name);
    state = openSqliteState(join(folder, `${name}-${count++}.db`));
    clock = 1_000_000;
    reported = [];
  });
  afterEach(async () => {
    await Promise.all([state.close(), api.close()]);
  });

  const start = (instance = 'one', more: Partial<Cdn> = {}, on = state) => {
    const cdn = cdnPurge({ name, id: 'sv1', token: 'a-token-of-the-cdn', apiUrl: api.url, ...more });
    const worker = new CdnWorker({
      state: on,
      cdn,
      instance,
      now: () => clock,
      report: (error) => reported.push(`${error}`),
    });
    return { worker, all: async () => expect(await turns(worker)).toBeLessThan(50) };
  };
  /** As long as there is something to do. */
  const turns = async (worker: CdnWorker) => {
    let done = 0;
    while (done < 50 && (await worker.turn())) done++;
    return done;
  };
  const purge = (...tags: string[]) => state.commit([purgeStep(tags)]);
  /** One that has begun, with nothing left to do. */
  const begun = async () => {
    const host = start();
    await host.all();
    clock += AGAIN_AFTER;
    await host.all();
    api.taken.length = 0;
    return host;
  };

  test('begin with everything: what is there was stored before any purge', async () => {
    await purge('old');
    await start().all();
    expect(api.taken).toEqual([['tributary']]);
  });

  test('of a first start are repeated as they were: nothing of the log from before is', async () => {
    await purge('old');
    await purge('older still');
    const { all } = start();
    await all();
    clock += AGAIN_AFTER;
    await all();
    expect(api.taken).toEqual([['tributary'], ['tributary']]);
  });

  test('carry the keys of public tags, once each, and once more a little later', async () => {
    const { all } = await begun();
    await purge('product:1', 'a, b');
    await purge('product:1', privateTag(userScope('https://issuer.test', 'ada'), 'orders'));
    await all();
    expect(api.taken).toEqual([['product:1', 'a%2C%20b']]);
    clock += AGAIN_AFTER - 1;
    await all();
    expect(api.taken.length).toBe(1);
    clock += 1;
    await all();
    expect(api.taken).toEqual([api.taken[0], api.taken[0]]);
    const [first, again] = (await receiptOf(state, 2))?.cdn ?? [];
    expect(first).toEqual({ cdn: name, instance: 'one', at: clock - AGAIN_AFTER, again: false });
    expect(again).toEqual({ cdn: name, instance: 'one', at: clock, again: true });
  });

  test('are repeated in time though there is a new one at every turn, many of them in one call', async () => {
    const { worker, all } = await begun();
    for (const tag of ['a', 'b', 'c']) {
      await purge(tag);
      await worker.turn();
    }
    api.taken.length = 0;
    clock += AGAIN_AFTER;
    await purge('d');
    await worker.turn();
    expect(api.taken).toEqual([['d'], ['a', 'b', 'c']]);
    expect(await state.due('cdn:again', clock, 10)).toEqual([]);
    for (const id of [1, 2, 3])
      expect((await receiptOf(state, id))?.cdn.at(-1)).toMatchObject({ at: clock, again: true });
    clock += AGAIN_AFTER;
    await all();
    expect(api.taken.at(-1)).toEqual(['d']);
    expect(api.taken.length).toBe(3);
  });

  test.each([
    ['a renewal of it', undefined],
    ['a pause', 503],
  ] as const)('are asked for once, though the store loses its answer to %s', async (_, failing) => {
    await begun();
    let isLost = false;
    const losing = new Proxy(state, {
      get: (target, method: keyof State) =>
        method === 'swap'
          ? async (...args: Parameters<State['swap']>) => {
              const version = await target.swap(...args);
              const isPause = args[2] === 'paused';
              if (isPause !== (failing !== undefined) || isLost) return version;
              isLost = true;
              throw stateError('the answer is lost');
            }
          : (target[method] as () => unknown)?.bind(target),
    });
    api.failing = failing;
    await purge('product:1');
    const { worker } = start('one', {}, losing);
    const before = api.seen.length;
    expect(await worker.turn()).toBe(failing === undefined);
    expect(isLost).toBe(true);
    expect(api.seen.length - before).toBe(1);
    expect((await state.get('cdn:lease'))?.value).toBe(failing && 'paused');
  });

  test('are not made for what is private alone', async () => {
    const { all } = await begun();
    await purge(privateTag(userScope('https://issuer.test', 'ada'), 'orders'));
    await all();
    expect(api.taken).toEqual([]);
    expect(cdnFigures().waitingSince).toBeUndefined();
  });

  test('are repeated in time though private ones come without end', async () => {
    let others = 0;
    const read: State['read'] = async (...asked) => {
      const entries = await state.read(...asked);
      if (others > 0) await purge(privateTag(userScope('https://issuer.test', `${others--}`), 'orders'));
      return entries;
    };
    await begun();
    const { worker } = start('one', {}, { ...state, read });
    await purge('a');
    await worker.turn();
    clock += AGAIN_AFTER;
    await purge(privateTag(userScope('https://issuer.test', 'ada'), 'orders'));
    others = 20;
    await worker.turn();
    expect(api.taken).toEqual([['a'], ['a']]);
    expect(others, 'that come still').toBeGreaterThan(0);
  });

  test('behind very many private ones are found in one turn, with a move of the cursor for each thousand', async () => {
    await begun();
    const tags = [privateTag(userScope('https://issuer.test', 'ada'), 'orders')];
    await state.commit(Array.from({ length: 3_500 }, () => purgeStep(tags)));
    await purge('product:1');
    const moves: boolean[] = [];
    const watched = new Proxy(state, {
      get: (target, method: keyof State) =>
        method === 'commit'
          ? async (...args: Parameters<State['commit']>) => {
              const versions = await target.commit(...args);
              moves.push(versions !== undefined);
              return versions;
            }
          : (target[method] as () => unknown)?.bind(target),
    });
    expect(await start('one', {}, watched).worker.turn()).toBe(true);
    expect(api.taken).toEqual([['product:1']]);
    // The last of them confirms the purge.
    expect(moves).toEqual([true, true, true]);
    expect((await state.get('cdn:cursor'))?.value).toBe('3501');
  });

  test('come in calls as large as they may be, and are one of everything where they are too many', async () => {
    const { all } = await begun();
    await purge(...Array.from({ length: 300 }, (_, at) => `t:${at}`));
    await all();
    expect(api.taken.flat().length).toBe(300);
    expect(api.taken.length).toBe(name === 'fastly' ? 2 : 3);
    await purge(...Array.from({ length: 2_001 }, (_, at) => `u:${at}`));
    await all();
    expect(api.taken.at(-1)).toEqual(['tributary']);
  });

  test('are of everything where everything was purged, and where the log has forgotten some', async () => {
    const { all } = await begun();
    await state.commit([purgeAllStep()]);
    await all();
    expect(api.taken).toEqual([['tributary']]);
    await state.append('purges', '["x"]', { maxEntries: 1 });
    await state.append('purges', '["y"]', { maxEntries: 1 });
    await all();
    expect(api.taken).toEqual([['tributary'], ['tributary']]);
  });

  test('that fail are made by the next worker, after a pause, and lose nothing', async () => {
    const { all } = await begun();
    api.failing = 503;
    await purge('product:1');
    await all();
    expect(reported).toEqual([expect.stringContaining('answered 503')]);
    expect(cdnFigures()).toMatchObject({ failed: 1, waitingSince: clock, reason: expect.stringContaining('503') });
    api.failing = undefined;
    const other = start('two');
    // The pause holds for all: the lease of the one that failed stays for as long.
    await other.all();
    expect(api.taken).toEqual([]);
    await state.remove('cdn:lease');
    await other.all();
    expect(api.taken).toEqual([['product:1']]);
    await all();
    expect(cdnFigures()).toMatchObject({ waitingSince: undefined, reason: undefined });
    expect((await receiptOf(state, 1))?.cdn[0]).toMatchObject({ instance: 'two' });
  });

  test('are made by one instance, however many there are', async () => {
    await begun();
    await purge('product:1');
    const workers = Array.from({ length: 4 }, (_, at) => start(`host ${at}`).worker);
    await Promise.all(workers.map((worker) => worker.turn()));
    await Promise.all(workers.map(turns));
    expect(api.taken).toEqual([['product:1']]);
  });

  test('are not made again by one whose turn comes late', async () => {
    const { worker } = await begun();
    await purge('product:1');
    // Between its look at the log and its lease, another instance does it all.
    const late = new Proxy(state, {
      get: (target, name: keyof State) =>
        name === 'claim'
          ? async (...args: Parameters<State['claim']>) => {
              await turns(worker);
              return target.claim(...args);
            }
          : (target[name] as () => unknown)?.bind(target),
    });
    const other = start('late', {}, late).worker;
    expect(await other.turn()).toBe(true);
    expect(api.taken).toEqual([['product:1']]);
    expect(await state.get('cdn:lease')).toBeUndefined();
  });

  test('of a log that goes back are of everything, and later ones are made', async () => {
    const { all } = await begun();
    // Seen, and nothing for the CDN: only this process knows how far it is.
    for (let at = 0; at < 5; at++) await purge(privateTag(userScope('https://issuer.test', 'ada'), 'orders'));
    await all();
    rewind(join(folder, `${name}-${count - 1}.db`), 'purges', 1);
    await purge('product:1');
    await all();
    expect(api.taken).toEqual([['tributary']]);
    await purge('product:2');
    await all();
    expect(api.taken).toEqual([['tributary'], ['product:2']]);
  });

  test('say what is wrong with the token, and do not say the token', async () => {
    await start('one', { token: 'a-wrong-token' }).all();
    expect(reported).toEqual([expect.stringContaining('answered 401: CDN_TOKEN is not taken')]);
    expect(reported.join()).not.toContain('a-wrong-token');
  });
});

describe('a purge of many calls, each of which takes long', () => {
  let times: number;
  let state: State;
  let taken: string[];
  let during: () => Promise<void>;
  const worker = (instance: string, on = state) =>
    new CdnWorker({ state: on, cdn: slow, instance, now: () => times, report: (error) => reported.push(`${error}`) });
  const reported: string[] = [];
  const slow = {
    name: 'slow',
    maxKeys: 1,
    async purge(keys: readonly string[]) {
      taken.push(...keys);
      await seconds(20);
      await during();
    },
  };
  /** Time goes by in which this process runs. */
  const seconds = async (count: number) => {
    for (let second = 0; second < count; second++) {
      times += 1_000;
      await vi.advanceTimersByTimeAsync(1_000);
    }
  };
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    resetRegistry();
    times = 1_000_000;
    taken = [];
    reported.length = 0;
    during = async () => {};
    state = openSqliteState(join(folder, `slow-${randomUUID()}.db`), () => times);
    await worker('first').turn();
    times += AGAIN_AFTER;
    while (await worker('first').turn());
    taken.length = 0;
    await state.commit([purgeStep(['a', 'b', 'c', 'd'])]);
  });
  afterEach(() => state.close());

  test('is made by one instance, though it takes longer than a lease', async () => {
    const other = worker('other');
    let nested = false;
    during = async () => {
      // What the other does wrongly would come here again.
      if (nested) return;
      nested = true;
      const took = await other.turn();
      nested = false;
      expect(took).toBe(false);
    };
    expect(await worker('first').turn()).toBe(true);
    expect(taken).toEqual(['a', 'b', 'c', 'd']);
  });

  test.each(['dies in its turn', 'can’t give it back'])(
    'of one that %s is left to another within seconds',
    async (how) => {
      const LEASE = 3_000;
      const isDead = how === 'dies in its turn';
      if (isDead) during = () => new Promise(() => {});
      const unreturned = new Proxy(state, {
        get: (target, method: keyof State) =>
          method === 'remove'
            ? () => Promise.reject(stateError('away'))
            : (target[method] as () => unknown)?.bind(target),
      });
      const first = worker('first', unreturned).turn();
      if (isDead) await expect.poll(() => taken).toEqual(['a']);
      else await first;
      during = async () => {};
      await state.commit([purgeStep(['e'])]);
      times += LEASE - 1;
      const other = worker('other');
      expect(await other.turn()).toBe(false);
      times += 1;
      expect(await other.turn()).toBe(true);
      // What the first has purged is due to be repeated by now.
      const again = ['a', 'b', 'c', 'd'];
      expect(taken).toEqual(isDead ? ['a', ...again, 'e'] : [...again, 'e', ...again]);
    },
  );

  test('ends where its lease has become another’s, and leaves that alone', async () => {
    during = async () => {
      if (taken.length !== 2) return;
      times += 60_000;
      await state.claim('cdn:lease', 'another', { ttl: 1_000_000 });
    };
    expect(await worker('first').turn()).toBe(false);
    expect(taken).toEqual(['a', 'b']);
    expect(reported).toEqual([expect.stringContaining('its turn is over')]);
    expect((await state.get('cdn:lease'))?.value).toBe('another');
  });

  test('that fails is left alone for a while by the instance itself, too', async () => {
    during = () => Promise.reject(new Error('answered 503'));
    const first = worker('first');
    expect(await first.turn()).toBe(false);
    during = async () => {};
    expect(await first.turn()).toBe(false);
    expect(taken).toEqual(['a']);
    times += 15_000;
    expect(await first.turn()).toBe(true);
    expect(taken).toEqual(['a', 'a', 'b', 'c', 'd']);
  });

  test('is made by another soon, where the store failed the one whose turn it was', async () => {
    let looks = 0;
    const flaky = new Proxy(state, {
      get: (target, method: keyof State) =>
        method === 'get'
          ? async (key: string) => {
              if (key === 'cdn:cursor' && ++looks === 2) throw stateError('away');
              return target.get(key);
            }
          : (target[method] as () => unknown)?.bind(target),
    });
    expect(await worker('first', flaky).turn()).toBe(false);
    times += 500;
    expect(await worker('other').turn()).toBe(true);
    expect(taken).toEqual(['a', 'b', 'c', 'd']);
  });

  test('that ends well does not end the lease of another either', async () => {
    during = async () => {
      if (taken.length !== 4) return;
      times += 60_000;
      await state.claim('cdn:lease', 'another', { ttl: 1_000_000 });
    };
    await worker('first').turn();
    expect((await state.get('cdn:lease'))?.value).toBe('another');
  });
});

test('a ring during a turn, after it has looked, is not lost: another turn follows at once', async () => {
  resetRegistry();
  // Polls never find anything.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const taken: string[] = [];
  const state = openSqliteState(join(folder, `rung-${randomUUID()}.db`));
  const listeners = new Set<() => void>();
  const doorbell = {
    isOpen: true,
    rung: new Map(),
    on: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const looked = Promise.withResolvers<void>();
  const rang = Promise.withResolvers<void>();
  const slow = new Proxy(state, {
    get: (target, method: keyof State) =>
      method === 'due'
        ? async (...args: Parameters<State['due']>) => {
            looked.resolve();
            await rang.promise;
            return target.due(...args);
          }
        : (target[method] as () => unknown)?.bind(target),
  });
  const cdn = {
    name: 'quick',
    maxKeys: 1,
    purge: async (keys: readonly string[]) => {
      taken.push(...keys);
    },
  };
  const worker = (on: State) =>
    new CdnWorker({
      state: on,
      cdn,
      instance: 'one',
      now: () => 1_000_000,
      report: (error) => expect.fail(`${error}`),
    });
  await worker(state).turn();
  const running = startCdnWorker(worker(slow), doorbell);
  await looked.promise;
  await state.commit([purgeStep(['product:1'])]);
  for (const listener of listeners) listener();
  const timers = vi.getTimerCount();
  rang.resolve();
  // Until it has found it, or rests.
  while (!taken.includes('product:1') && vi.getTimerCount() === timers) await turn();
  expect(taken).toEqual(['tributary', 'product:1']);
  await running.stop();
  await state.close();
});

describe('a store that fails once, at any call of a worker', () => {
  /** The longest that a CDN is left alone after a first failure: far shorter than a lease. */
  const FIRST_PAUSE = 500;
  const TURNS = 5;

  /** What the CDN was told, how far that is confirmed, and how many calls of the store it took. */
  async function purgedWhile(failing: number, when: string) {
    resetRegistry();
    let clock = 1_000_000;
    let calls = 0;
    const taken = new Set<string>();
    const state = openSqliteState(join(folder, `failing-${randomUUID()}.db`), () => clock);
    const flaky = new Proxy(state, {
      get:
        (target, method: keyof State) =>
        async (...args: unknown[]) => {
          const isFailing = calls++ === failing;
          if (isFailing && when === 'before it is done') throw stateError('away');
          const done = await (target[method] as (...all: unknown[]) => unknown).apply(target, args);
          if (isFailing) throw stateError('the answer is lost');
          return done;
        },
    });
    const cdn = {
      name: 'quick',
      maxKeys: 1,
      purge: async (keys: readonly string[]) => {
        for (const key of keys) taken.add(key);
      },
    };
    const worker = (on: State) => new CdnWorker({ state: on, cdn, instance: 'one', now: () => clock, report() {} });
    const first = worker(state);
    while (await first.turn());
    clock += AGAIN_AFTER;
    while (await first.turn());
    taken.clear();
    await state.commit([purgeStep(['a', 'b'])]);
    const tried = worker(flaky);
    for (let turns = 0; turns < TURNS; turns++) {
      await tried.turn().catch(() => false);
      clock += FIRST_PAUSE;
    }
    const confirmed = (await state.get('cdn:cursor'))?.value;
    await state.close();
    return { calls, told: { failing, taken: [...taken], confirmed } };
  }

  test.each(['before it is done', 'after it is done'])('%s, keeps no purge waiting for a lease', async (when) => {
    const { calls } = await purgedWhile(-1, when);
    expect(calls).toBeGreaterThan(10);
    for (let failing = 0; failing < calls; failing++) {
      const { told } = await purgedWhile(failing, when);
      expect(told).toEqual({ failing, taken: ['a', 'b'], confirmed: '1' });
    }
  });
});
