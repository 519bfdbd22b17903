import { describe, expect, test } from 'vitest';
import { type Step, stateError } from '#kernel/state/state.ts';
import { accept, type Inbox, type Taken } from '#services/webhooks/inbox/inbox.ts';
import { finishDelivery, lastEnded } from '#services/webhooks/inbox/inbox-ends.ts';
import { take } from '#services/webhooks/inbox/inbox-leases.ts';
import { counts, waiting } from '#services/webhooks/inbox/inbox-views.ts';
import { type InboxWork, startInboxWorker } from '#services/webhooks/inbox/inbox-worker.ts';
import { allTold, clock, delivery, inbox, LEASE, other, told, withInboxes } from '#tests/support/inbox.ts';

withInboxes();

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
  const worksOff = async (from: Inbox, work: Partial<InboxWork>) => {
    const failures: unknown[] = [];
    const worker = startInboxWorker(from, {
      handle: async ({ id }) => ({ steps: [told(id)], object: { id: `o${Number(id) % 30}`, version: -Number(id) } }),
      report: (error) => failures.push(error),
      ...work,
    });
    await expect.poll(() => inbox.state.due('inbox', clock.now, 100)).toEqual([]);
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
    await expect.poll(allTold).toHaveLength(19);
    expect(await allTold()).not.toContain('3');
    release();
    await expect.poll(allTold).toHaveLength(20);
    await worker.stop();
    expect(await counts(inbox)).toEqual({ waiting: 0, parked: 0 });
  });

  test('one that another worker has by then is that one’s, and the rest are done', async () => {
    for (const id of numbers(20)) await accept(inbox, delivery(id));
    const handle: InboxWork['handle'] = async ({ id }) => {
      if (id === '3') {
        clock.now += LEASE;
        const theirs = (await take(other, 16)).find(({ stored }) => stored.id === '3');
        await finishDelivery(other, theirs as Taken, { steps: [told('theirs')] });
      }
      return { steps: [told(id)] };
    };
    await worksOff(far([]), { handle });
    clock.now += LEASE;
    await worksOff(far([]), {});
    expect((await allTold()).sort()).toEqual(
      numbers(20)
        .map((id) => (id === '3' ? 'theirs' : id))
        .sort(),
    );
  });
});
