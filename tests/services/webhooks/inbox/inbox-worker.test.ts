import { afterEach, describe, expect, test, vi } from 'vitest';
import type { State } from '#kernel/state/state.ts';
import { accept } from '#services/webhooks/inbox/inbox.ts';
import { counts } from '#services/webhooks/inbox/inbox-views.ts';
import { startInboxWorker } from '#services/webhooks/inbox/inbox-worker.ts';
import { setDiskFull } from '#tests/support/full-disk.ts';
import { allTold, clock, delivery, inbox, MOST_ATTEMPTS, told, withInboxes } from '#tests/support/inbox.ts';
import { pause, until } from '#tests/support/until.ts';

withInboxes();
afterEach(() => setDiskFull(false));

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
    await expect.poll(allTold).toEqual(['a', 'c']);
    broken = false;
    clock.now += 10_000;
    await expect.poll(allTold).toHaveLength(3);
    await worker.stop();
    await accept(inbox, delivery('d'));
    await pause(250);
    expect(await allTold()).toEqual(['a', 'c', 'b']);
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
        clock.now += 100;
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
    await expect.poll(allTold).toHaveLength(1);
    await worker.stop();
    expect(failures).toHaveLength(1);
  });
});
