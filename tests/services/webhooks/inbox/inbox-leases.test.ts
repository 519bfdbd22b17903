import { describe, expect, test } from 'vitest';
import type { State } from '#kernel/state/state.ts';
import { accept, replay } from '#services/webhooks/inbox/inbox.ts';
import { finishDelivery } from '#services/webhooks/inbox/inbox-ends.ts';
import { fail, take } from '#services/webhooks/inbox/inbox-leases.ts';
import { counts, parked } from '#services/webhooks/inbox/inbox-views.ts';
import {
  allTold,
  clock,
  delivery,
  inbox,
  LEASE,
  MOST_ATTEMPTS,
  other,
  taken,
  told,
  withInboxes,
} from '#tests/support/inbox.ts';

withInboxes();

describe('a lease', () => {
  test('keeps others away until it runs out; who comes late has no effect', async () => {
    await accept(inbox, delivery('a'));
    const first = await taken();
    expect(await take(other, 1)).toEqual([]);
    clock.now += LEASE;
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
      clock.now += LEASE;
      await taken(other);
      return granted;
    };
    expect(await take({ ...inbox, state: { ...inbox.state, commit } }, 1)).toEqual([]);
  });

  test('is not given on what another worker has ended since it was seen to be due', async () => {
    await accept(inbox, delivery('a'));
    const due: State['due'] = async (...asked) => {
      const seen = await inbox.state.due(...asked);
      for (const one of await take(other, 1)) await finishDelivery(other, one, { steps: [told('done')] });
      return seen;
    };
    expect(await take({ ...inbox, state: { ...inbox.state, due } }, 1)).toEqual([]);
    expect([await allTold(), await counts(inbox)]).toEqual([['done'], { waiting: 0, parked: 0 }]);
    // It is remembered no longer for that: what is remembered takes the room of what is to be done.
    clock.now += 7 * 86_400_000;
    expect(await accept(inbox, delivery('a'))).toBe('new');
  });

  test('that kills its worker is not given for ever', async () => {
    await accept(inbox, delivery('a'));
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      await taken();
      clock.now += LEASE;
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
      pauses.push((next?.due ?? 0) - clock.now);
      expect(await take(inbox, 1)).toEqual([]);
      clock.now = next?.due ?? 0;
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
