import { describe, expect, test } from 'vitest';
import { accept } from '#services/webhooks/inbox/inbox.ts';
import { finishDelivery, lastEnded } from '#services/webhooks/inbox/inbox-ends.ts';
import { fail } from '#services/webhooks/inbox/inbox-leases.ts';
import { parked, waiting } from '#services/webhooks/inbox/inbox-views.ts';
import { clock, delivery, inbox, taken, withInboxes } from '#tests/support/inbox.ts';

withInboxes();

describe('who looks in', () => {
  test('sees what waits in the order of its turn, what is parked, and what has ended, without taking any of it', async () => {
    for (const id of ['a', 'b', 'c']) {
      await accept(inbox, delivery(id));
      clock.now += 1;
    }
    await accept(inbox, delivery('d'), 'no such type');
    expect((await waiting(inbox, 10)).map(({ id, due }) => [id, due])).toEqual([
      ['a', clock.now - 3],
      ['b', clock.now - 2],
      ['c', clock.now - 1],
    ]);
    await finishDelivery(inbox, await taken(), { steps: [] });
    await fail(inbox, await taken(), 'away');
    expect((await waiting(inbox, 10)).map(({ id, reason }) => [id, reason])).toEqual([
      ['c', undefined],
      ['b', 'away'],
    ]);
    expect((await waiting(inbox, 1)).map(({ id }) => id)).toEqual(['c']);
    expect((await parked(inbox, 10)).map(({ id }) => id)).toEqual(['d']);
    expect(lastEnded()).toEqual([{ sender: 's', id: 'a', type: 't', outcome: 'applied', at: clock.now }]);
  });

  test('hears of the last ends only', async () => {
    for (let id = 0; id < 60; id++) {
      await accept(inbox, delivery(String(id)));
      await finishDelivery(inbox, await taken(), { steps: [] });
    }
    expect(lastEnded().map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, back) => String(59 - back)));
  });
});
