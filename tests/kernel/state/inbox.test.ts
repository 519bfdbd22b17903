import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { accept, type Delivery, type Inbox, opened, replay, type Taken } from '#kernel/state/inbox/inbox.ts';
import { finishDelivery, lastEnded } from '#kernel/state/inbox/inbox-ends.ts';
import { fail, take } from '#kernel/state/inbox/inbox-leases.ts';
import { counts, parked, waiting } from '#kernel/state/inbox/inbox-views.ts';
import { type InboxWork, startInboxWorker } from '#kernel/state/inbox/inbox-worker.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { openSqliteState } from '#kernel/state/sqlite.ts';
import { QUIET_POLL_MS, type State, type Step, stateError } from '#kernel/state/state.ts';
import { setDiskFull } from '#tests/support/full-disk.ts';
import { runs } from '#tests/support/long.ts';
import { until } from '#tests/support/until.ts';

const DAY = 86_400_000;
/** A poll later, what was acknowledged is worked off within five seconds, whoever has died over it. */
const LEASE = 5_000 - QUIET_POLL_MS - 1_000;
const MOST_ATTEMPTS = 8;

let folder: string;
let now: number;
let inbox: Inbox;
let other: Inbox;

beforeEach(() => {
  resetRegistry();
  folder = mkdtempSync(join(tmpdir(), 'tributary-inbox-'));
  now = 1_000_000_000;
  const open = (): Inbox => ({ state: openSqliteState(join(folder, 'state.db'), () => now), now: () => now });
  [inbox, other] = [open(), open()];
});
afterEach(async () => {
  vi.useRealTimers();
  setDiskFull(false);
  await Promise.all([inbox, other].map(({ state }) => state.close()));
  rmSync(folder, { recursive: true, force: true });
});

const delivery = (id: string, body = '{}'): Delivery => ({ sender: 's', id, type: 't', body });
const told = (text: string): Step => ({ do: 'append', stream: 'told', value: text, maxEntries: 1_000 });
const allTold = async ({ state }: { state: State } = inbox) =>
  (await state.read('told', 0, 1_000)).map((one) => one.value);

/** Takes what is due, which must be there. */
async function taken(from: Inbox = inbox) {
  const [one] = await take(from, 1);
  if (one === undefined) throw new Error('nothing is due');
  return one;
}

describe('who looks in', () => {
  test('sees what waits in the order of its turn, what is parked, and what has ended, without taking any of it', async () => {
    for (const id of ['a', 'b', 'c']) {
      await accept(inbox, delivery(id));
      now += 1;
    }
    await accept(inbox, delivery('d'), 'no such type');
    expect((await waiting(inbox, 10)).map(({ id, due }) => [id, due])).toEqual([
      ['a', now - 3],
      ['b', now - 2],
      ['c', now - 1],
    ]);
    await finishDelivery(inbox, await taken(), { steps: [] });
    await fail(inbox, await taken(), 'away');
    expect((await waiting(inbox, 10)).map(({ id, reason }) => [id, reason])).toEqual([
      ['c', undefined],
      ['b', 'away'],
    ]);
    expect((await waiting(inbox, 1)).map(({ id }) => id)).toEqual(['c']);
    expect((await parked(inbox, 10)).map(({ id }) => id)).toEqual(['d']);
    expect(lastEnded()).toEqual([{ sender: 's', id: 'a', type: 't', outcome: 'applied', at: now }]);
  });

  test('hears of the last ends only', async () => {
    for (let id = 0; id < 60; id++) {
      await accept(inbox, delivery(String(id)));
      await finishDelivery(inbox, await taken(), { steps: [] });
    }
    expect(lastEnded().map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, back) => String(59 - back)));
  });
});

describe('what comes in', () => {
  test('is kept once, for seven days after its end, by sender and id', async () => {
    expect(await accept(inbox, delivery('a'))).toBe('new');
    expect(await accept(other, delivery('a'))).toBe('seen');
    expect(await accept(other, { ...delivery('a'), sender: 'z' })).toBe('new');
    // Neither is the other's, though they look alike when put together.
    expect(await accept(inbox, { ...delivery('y:z'), sender: 'x' })).toBe('new');
    expect(await accept(inbox, { ...delivery('z'), sender: 'x:y' })).toBe('new');
    for (let left = 4; left > 0; left--) await finishDelivery(inbox, await taken(), { steps: [] });
    now += 7 * DAY - 1;
    expect(await accept(inbox, delivery('a'))).toBe('seen');
    now += 1;
    expect(await accept(inbox, delivery('a'))).toBe('new');
  });

  test('is refused while too much waits', async () => {
    const crowded: Inbox = { ...inbox, state: { ...inbox.state, queued: async () => 100_000 } };
    await accept(inbox, delivery('before'));
    now += 1_000;
    await expect(accept(crowded, delivery('a'))).rejects.toMatchObject({ kind: 'state' });
    expect(await accept(crowded, delivery('before')), 'a copy takes no room').toBe('seen');
    now += 1_000;
    expect(await accept(inbox, delivery('a'))).toBe('new');
  });

  test('is refused where it would be parked and too much is, while what can be read comes in', async () => {
    const queued = async (queue: string) => (queue === 'inbox' ? 0 : 10_000);
    const crowded: Inbox = { ...inbox, state: { ...inbox.state, queued } };
    await expect(accept(crowded, delivery('a'), 'drifted')).rejects.toMatchObject({ kind: 'state' });
    expect(await accept(crowded, delivery('b'))).toBe('new');
  });

  test('is parked for ninety days, and then forgotten altogether', async () => {
    for (let n = 0; n < 30; n++) await accept(inbox, delivery(`${n}`), 'drifted');
    now += 90 * DAY - 1;
    expect(await counts(inbox)).toEqual({ waiting: 0, parked: 30 });
    await accept(inbox, delivery('last'), 'drifted');
    now += 1;
    expect(await counts(inbox)).toEqual({ waiting: 0, parked: 1 });
    expect(await parked(inbox, 10)).toMatchObject([{ id: 'last' }]);
  });

  test('is parked at once where it can’t be read, and never worked on by itself', async () => {
    await accept(inbox, delivery('a', 'x'), 'object.id: is missing');
    expect(await take(inbox, 1)).toEqual([]);
    expect(await counts(inbox)).toEqual({ waiting: 0, parked: 1 });
    expect(await parked(inbox, 10)).toMatchObject([{ id: 'a', body: 'x', reason: 'object.id: is missing' }]);
  });
});

describe('a copy of what is parked', () => {
  test('is tried in its place, once, with what it brings', async () => {
    await accept(inbox, delivery('a', 'x'), 'object.id: is missing');
    expect(await accept(inbox, delivery('a', 'y'), 'object.id: is missing')).toBe('seen');
    const copies = await Promise.all([inbox, other, inbox].map((one) => accept(one, delivery('a', 'read'))));
    expect(copies.sort()).toEqual(['new', 'seen', 'seen']);
    expect(await counts(inbox)).toEqual({ waiting: 1, parked: 0 });
    const one = await taken();
    expect(one.stored).toMatchObject({ body: 'read', attempts: 1 });
    expect(await finishDelivery(inbox, one, { steps: [told('a')] })).toBe('applied');
    expect(await accept(inbox, delivery('a', 'read'))).toBe('seen');
    expect(await allTold()).toEqual(['a']);
  });
});

describe('a lease', () => {
  test('keeps others away until it runs out; who comes late has no effect', async () => {
    await accept(inbox, delivery('a'));
    const first = await taken();
    expect(await take(other, 1)).toEqual([]);
    now += LEASE;
    const second = await taken(other);
    expect(await finishDelivery(inbox, first, { steps: [told('first')] })).toBe('lost');
    expect(await finishDelivery(other, second, { steps: [told('second')] })).toBe('applied');
    expect(await finishDelivery(inbox, first, { steps: [told('first')] })).toBe('lost');
    expect(await allTold()).toEqual(['second']);
  });

  test('is got by one of many', async () => {
    await accept(inbox, delivery('a'));
    const got = await Promise.all(Array.from({ length: 20 }, (_, index) => take(index % 2 ? inbox : other, 1)));
    expect(got.flat()).toHaveLength(1);
  });

  test('on several at a time is got by one each, too, and no more are taken than are wanted', async () => {
    for (let id = 0; id < 40; id++) await accept(inbox, delivery(String(id)));
    const got = await Promise.all(Array.from({ length: 6 }, (_, index) => take(index % 2 ? inbox : other, 5)));
    expect(got.every((some) => some.length <= 5)).toBe(true);
    for (let some = await take(inbox, 30); some.length > 0; some = await take(inbox, 30)) got.push(some);
    const ids = got.flat().map(({ stored }) => stored.id);
    expect([ids.length, new Set(ids).size]).toEqual([40, 40]);
  });

  test('that has run out by the time that it is granted is not taken for another’s', async () => {
    await accept(inbox, delivery('a'));
    const commit: State['commit'] = async (...steps) => {
      const granted = await inbox.state.commit(...steps);
      now += LEASE;
      await taken(other);
      return granted;
    };
    expect(await take({ ...inbox, state: { ...inbox.state, commit } }, 1)).toEqual([]);
  });

  test('that kills its worker is not given for ever', async () => {
    await accept(inbox, delivery('a'));
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      await taken();
      now += LEASE;
    }
    expect(await take(inbox, 1)).toEqual([]);
    expect(await parked(inbox, 10)).toMatchObject([{ id: 'a', attempts: MOST_ATTEMPTS }]);
  });
});

describe('what fails', () => {
  test('comes again later and later, is parked in the end with its reason, and can be replayed', async () => {
    await accept(inbox, delivery('a'));
    const pauses: number[] = [];
    for (let attempt = 1; attempt < MOST_ATTEMPTS; attempt++) {
      expect(await fail(inbox, await taken(), `no ${attempt}`)).toBe('retried');
      const [next] = await inbox.state.due('inbox', Number.POSITIVE_INFINITY, 1);
      pauses.push((next?.due ?? 0) - now);
      expect(await take(inbox, 1)).toEqual([]);
      now = next?.due ?? 0;
    }
    for (const [index, pause] of pauses.entries()) {
      const longest = Math.min(3_600_000, 1_000 * 4 ** index);
      expect(pause).toBeGreaterThanOrEqual(longest / 2);
      expect(pause).toBeLessThanOrEqual(longest + 1);
    }
    expect(await fail(inbox, await taken(), 'no, never')).toBe('parked');
    expect(await counts(inbox)).toEqual({ waiting: 0, parked: 1 });
    expect(await parked(inbox, 10)).toMatchObject([{ id: 'a', reason: 'no, never' }]);

    expect(await replay(inbox, { sender: 's', id: 'b' })).toBe(false);
    expect(await replay(inbox, { sender: 's', id: 'a' })).toBe(true);
    expect(await replay(inbox, { sender: 's', id: 'a' })).toBe(false);
    expect(await finishDelivery(inbox, await taken(), { steps: [told('at last')] })).toBe('applied');
    expect(await replay(inbox, { sender: 's', id: 'a' })).toBe(false);
    expect(await allTold()).toEqual(['at last']);
  });
});

describe('of an object', () => {
  test('an older version has no effect after a newer one, an equal one has', async () => {
    const tell = async (id: string, version: number, object = 'o', sender = 's') => {
      await accept(inbox, { ...delivery(id), sender });
      return finishDelivery(inbox, await taken(), {
        steps: [told(`${object}${version}${id}`)],
        object: { id: object, version },
      });
    };
    expect(await tell('a', 3)).toBe('applied');
    expect(await tell('b', 2)).toBe('outdated');
    expect(await tell('c', 3)).toBe('applied');
    expect(await tell('d', 2, 'p')).toBe('applied');
    expect(await tell('e', 2, 'o', 'another')).toBe('applied');
    expect(await tell('f', 10)).toBe('applied');
    expect(await tell('g', 9)).toBe('outdated');
    expect(await allTold()).toEqual(['o3a', 'o3c', 'p2d', 'o2e', 'o10f']);
  });

  test('of two that end at once the older one never has the last word', async () => {
    for (let round = 0; round < 20; round++) {
      await accept(inbox, delivery(`new ${round}`));
      const newer = await taken();
      await accept(inbox, delivery(`old ${round}`));
      const older = await taken(other);
      const object = (version: number) => ({ id: 'o', version: round * 2 + version });
      const ends = [
        () => finishDelivery(inbox, newer, { steps: [told(`${round * 2 + 1}`)], object: object(1) }),
        () => finishDelivery(other, older, { steps: [told(`${round * 2}`)], object: object(0) }),
      ];
      await Promise.all((round % 2 === 0 ? ends : ends.reverse()).map((end) => end()));
    }
    const versions = (await allTold()).map(Number);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(versions.at(-1)).toBe(39);
  });
});

describe('any course of events', () => {
  test('has one effect for each delivery, and keeps the order of versions', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ op: fc.constant('accept' as const), id: fc.nat(7), through: fc.boolean() }) },
      {
        weight: 4,
        arbitrary: fc.record({
          op: fc.constant('take' as const),
          through: fc.boolean(),
          most: fc.integer({ min: 1, max: 4 }),
        }),
      },
      { weight: 4, arbitrary: fc.record({ op: fc.constant('finish' as const), which: fc.nat(3) }) },
      { weight: 1, arbitrary: fc.record({ op: fc.constant('fail' as const), which: fc.nat(3) }) },
      { weight: 2, arbitrary: fc.record({ op: fc.constant('wait' as const), ms: fc.constantFrom(1, 2_000, LEASE) }) },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const sender = `run ${++run}`;
        const stream = sender;
        const held: Taken[] = [];
        const known = new Set<number>();
        const end = (from: Inbox, one: (typeof held)[number]) => {
          const number = Number(one.stored.id);
          const object = { id: `o${number % 2}`, version: number };
          const value = one.stored.id;
          return finishDelivery(from, one, { steps: [{ do: 'append', stream, value, maxEntries: 100 }], object });
        };
        for (const next of steps) {
          if (next.op === 'accept') {
            const isParked = (await parked(inbox, 100)).some(({ id }) => Number(id) === next.id);
            const received = await accept(next.through ? inbox : other, { ...delivery(String(next.id)), sender });
            expect(received).toBe(known.has(next.id) && !isParked ? 'seen' : 'new');
            known.add(next.id);
          } else if (next.op === 'take') {
            held.push(...(await take(next.through ? inbox : other, next.most)));
          } else if (next.op === 'wait') now += next.ms;
          else {
            const [one] = held.splice(next.which, 1);
            // Some are let go of without a word, as by a process that was killed.
            if (one !== undefined && next.op === 'finish') await end(inbox, one);
            else if (one !== undefined) await fail(inbox, one, 'no');
          }
        }
        for (let tries = 0; tries < 300 && (await counts(inbox)).waiting > 0; tries++) {
          now += LEASE;
          for (let [one] = await take(other, 1); one !== undefined; [one] = await take(other, 1)) await end(other, one);
        }
        for (const one of await parked(inbox, 100)) {
          // By us, or by a sender whom somebody asks to send it again.
          if (Number(one.id) % 2 === 0) await replay(inbox, one);
          else expect(await accept(inbox, { ...delivery(one.id), sender })).toBe('new');
          await end(inbox, await taken());
        }
        expect(await counts(inbox)).toEqual({ waiting: 0, parked: 0 });
        const effects = (await inbox.state.read(stream, 0, 100)).map(({ value }) => Number(value));
        expect(new Set(effects).size).toBe(effects.length);
        for (const parity of [0, 1]) {
          const of = effects.filter((number) => number % 2 === parity);
          expect(of).toEqual([...of].sort((a, b) => a - b));
          expect(of.at(-1)).toBe(
            [...known]
              .filter((number) => number % 2 === parity)
              .sort((a, b) => a - b)
              .at(-1),
          );
        }
      }),
      { numRuns: runs(60) },
    );
  });
});

describe('a worker', () => {
  test('works off what comes, tries again what failed, and begins nothing once it is stopped', async () => {
    const failures: unknown[] = [];
    let broken = true;
    const worker = startInboxWorker(inbox, {
      handle: async ({ id }) => {
        if (id === 'b' && broken) throw new Error('not now');
        return { steps: [told(id)] };
      },
      report: (error) => failures.push(error),
    });
    for (const id of ['a', 'b', 'c']) await accept(inbox, delivery(id));
    await until('the failure is reported', () => failures.length > 0);
    let seen: string[] = [];
    const look = async () => {
      seen = await allTold();
    };
    await untilAsync(look, () => seen.length === 2);
    expect(seen).toEqual(['a', 'c']);
    broken = false;
    now += 10_000;
    await untilAsync(look, () => seen.length === 3);
    await worker.stop();
    await accept(inbox, delivery('d'));
    await new Promise((resolve) => setTimeout(resolve, 250));
    await look();
    expect(seen).toEqual(['a', 'c', 'b']);
    expect(failures).toMatchObject([{ message: 'not now' }]);
  });

  test('does nothing by halves on a full disk, however long it is full, and goes on once there is room', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await accept(inbox, delivery('a'));
    setDiskFull(true);
    let handled = 0;
    const failures: unknown[] = [];
    const worker = startInboxWorker(inbox, {
      handle: async () => {
        handled++;
        return { steps: [told('x'.repeat(100_000))] };
      },
      report: (error) => failures.push(error),
    });
    const minutes = async (holds: () => boolean) => {
      for (let turns = 0; turns < 1_000 && !holds(); turns++) {
        now += 100;
        await vi.advanceTimersByTimeAsync(100);
      }
    };
    await minutes(() => handled > MOST_ATTEMPTS * 2);
    expect(failures).toMatchObject([{ kind: 'state', cause: { errcode: 13 } }]);
    expect([await counts(inbox), await allTold()]).toEqual([{ waiting: 1, parked: 0 }, []]);
    setDiskFull(false);
    const before = handled;
    await minutes(() => handled > before);
    await worker.stop();
    expect([await counts(inbox), (await allTold()).length]).toEqual([{ waiting: 0, parked: 0 }, 1]);
  });

  test('outlives a store that is away, and says so once', async () => {
    const failures: unknown[] = [];
    let away = true;
    let asked = 0;
    const state: State = {
      ...inbox.state,
      due: (...words) => {
        asked++;
        return away ? Promise.reject(new Error('away')) : inbox.state.due(...words);
      },
    };
    await accept(inbox, delivery('a'));
    const worker = startInboxWorker(
      { ...inbox, state },
      { handle: async ({ id }) => ({ steps: [told(id)] }), report: (error) => failures.push(error) },
    );
    await until('it has looked twice', () => asked > 1);
    away = false;
    let seen: string[] = [];
    await untilAsync(
      async () => {
        seen = await allTold();
      },
      () => seen.length === 1,
    );
    await worker.stop();
    expect(failures).toHaveLength(1);
  });
});

describe('a worker whose state is far away works on several together', () => {
  /** As many commits as it takes, and what they may not have. */
  const far = (commits: Step[][], refused: (steps: readonly Step[]) => boolean = () => false): Inbox => ({
    ...inbox,
    state: {
      ...inbox.state,
      isRemote: true,
      commit: async (steps, options) => {
        if (refused(steps)) throw stateError('a value too long for it');
        commits.push([...steps]);
        return inbox.state.commit(steps, options);
      },
    },
  });
  const worksOff = async (from: Inbox, work: Partial<InboxWork>, left = 0) => {
    const failures: unknown[] = [];
    const worker = startInboxWorker(from, {
      handle: async ({ id }) => ({ steps: [told(id)], object: { id: `o${Number(id) % 30}`, version: -Number(id) } }),
      report: (error) => failures.push(error),
      ...work,
    });
    let waits = Number.POSITIVE_INFINITY;
    await untilAsync(
      async () => {
        waits = (await inbox.state.due('inbox', now, 100)).length;
      },
      () => waits === left,
    );
    await worker.stop();
    return failures;
  };
  const numbers = (count: number) => Array.from({ length: count }, (_, id) => String(id));

  test('in a few commits, and of one object what is older than the one before it has no effect', async () => {
    for (const id of numbers(40)) await accept(inbox, delivery(id));
    const commits: Step[][] = [];
    expect(await worksOff(far(commits), {})).toEqual([]);
    expect((await allTold()).sort()).toEqual(numbers(30).sort());
    expect(commits.length).toBeLessThan(12);
    expect(lastEnded()).toHaveLength(40);
  });

  test('one that fails, and one that its store can’t take, do so alone', async () => {
    for (const id of numbers(20)) await accept(inbox, delivery(id));
    const from = far([], (steps) => steps.some((step) => step.do === 'append' && step.value === '7'));
    const handle: InboxWork['handle'] = async ({ id }) => {
      if (id === '5') throw new Error('not now');
      return { steps: [told(id)] };
    };
    expect(await worksOff(from, { handle })).toMatchObject([{ message: 'not now' }, { kind: 'state' }]);
    expect((await allTold()).sort()).toEqual(
      numbers(20)
        .filter((id) => id !== '5' && id !== '7')
        .sort(),
    );
    // Neither is lost; for what the store can't do the delivery itself has no attempt less.
    const left = await waiting(inbox, 10);
    expect(left.map(({ id, attempts }) => [id, attempts]).sort()).toEqual([
      ['5', 1],
      ['7', 0],
    ]);
  });

  test('one that takes long keeps none of the others from their end', async () => {
    for (const id of numbers(20)) await accept(inbox, delivery(id));
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const worker = startInboxWorker(far([]), {
      handle: async ({ id }) => {
        if (id === '3') await slow;
        return { steps: [told(id)] };
      },
      report: () => undefined,
    });
    let ended: string[] = [];
    const look = async () => {
      ended = await allTold();
    };
    await untilAsync(look, () => ended.length === 19);
    expect(ended).not.toContain('3');
    release();
    await untilAsync(look, () => ended.length === 20);
    await worker.stop();
    expect(await counts(inbox)).toEqual({ waiting: 0, parked: 0 });
  });

  test('one that another worker has by then is that one’s, and the rest are done', async () => {
    for (const id of numbers(20)) await accept(inbox, delivery(id));
    const handle: InboxWork['handle'] = async ({ id }) => {
      if (id === '3') {
        now += LEASE;
        const theirs = (await take(other, 16)).find(({ stored }) => stored.id === '3');
        await finishDelivery(other, theirs as Taken, { steps: [told('theirs')] });
      }
      return { steps: [told(id)] };
    };
    await worksOff(far([]), { handle });
    now += LEASE;
    await worksOff(far([]), {});
    expect((await allTold()).sort()).toEqual(
      numbers(20)
        .map((id) => (id === '3' ? 'theirs' : id))
        .sort(),
    );
  });
});

async function untilAsync(look: () => Promise<void>, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    await look();
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it never happened');
}

describe('where there is what seals them, bodies are sealed', () => {
  const seal = createSeal([randomBytes(32)]);
  const sealing = (): Inbox => ({ ...inbox, seal });
  const SECRET = '{"email":"ada@example.test"}';

  test('waiting, parked and come again, and their worker sees them as they came', async () => {
    const from = sealing();
    await accept(from, delivery('a', SECRET));
    await accept(from, delivery('b', SECRET), 'not as we know it');
    for (const one of [...(await parked(from, 9)), ...(await waiting(from, 9))]) {
      expect(one.body).not.toContain('ada@');
      expect(opened(from, one).body).toBe(SECRET);
    }
    const first = await taken(from);
    expect(opened(from, first.stored).body).toBe(SECRET);
    await fail(from, first, 'once');
    now += 3_600_000;
    const again = await taken(from);
    expect(opened(from, again.stored).body).toBe(SECRET);
    await finishDelivery(from, again, { steps: [] });
    expect(await replay(from, { sender: 's', id: 'b' })).toBe(true);
    expect(opened(from, (await taken(from)).stored).body).toBe(SECRET);
    const files = ['', '-wal'].map((end) => readFileSync(join(folder, `state.db${end}`), 'latin1')).join('');
    expect(files).not.toContain('ada@');
  });

  test('what comes again in another shape is sealed as well, and what was kept in plain is read as it is', async () => {
    await accept(inbox, delivery('c', SECRET), 'unread');
    const [plain] = await parked(sealing(), 1);
    expect(plain && opened(sealing(), plain).body).toBe(SECRET);
    await accept(sealing(), delivery('c', '{"whole":1}'));
    const one = await taken(sealing());
    expect(one.stored.body).not.toContain('whole');
    expect(opened(sealing(), one.stored).body).toBe('{"whole":1}');
  });

  test('of a key that is gone no nonsense is worked on', async () => {
    await accept(sealing(), delivery('d', SECRET));
    const { stored } = await taken(sealing());
    const gone = { ...inbox, seal: createSeal([randomBytes(32)]) };
    expect(() => opened(gone, stored)).toThrow('a key that is gone');
    expect(() => opened(inbox, stored)).toThrow('a key that is gone');
    expect(() => opened(sealing(), { ...stored, id: 'another' })).toThrow('a key that is gone');
  });
});
