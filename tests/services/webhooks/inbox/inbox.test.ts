import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSeal } from '#kernel/state/seal.ts';
import { accept, type Inbox, opened, replay } from '#services/webhooks/inbox/inbox.ts';
import { finishDelivery } from '#services/webhooks/inbox/inbox-ends.ts';
import { fail, take } from '#services/webhooks/inbox/inbox-leases.ts';
import { counts, parked, waiting } from '#services/webhooks/inbox/inbox-views.ts';
import { allTold, clock, delivery, folder, inbox, other, taken, told, withInboxes } from '#tests/support/inbox.ts';

const DAY = 86_400_000;

withInboxes();

describe('what comes in', () => {
  test('is kept once, for seven days after its end, by sender and id', async () => {
    expect(await accept(inbox, delivery('a'))).toBe('new');
    expect(await accept(other, delivery('a'))).toBe('seen');
    expect(await accept(other, { ...delivery('a'), sender: 'z' })).toBe('new');
    // Neither is the other's, though they look alike when put together.
    expect(await accept(inbox, { ...delivery('y:z'), sender: 'x' })).toBe('new');
    expect(await accept(inbox, { ...delivery('z'), sender: 'x:y' })).toBe('new');
    for (let left = 4; left > 0; left--) await finishDelivery(inbox, await taken(), { steps: [] });
    clock.now += 7 * DAY - 1;
    expect(await accept(inbox, delivery('a'))).toBe('seen');
    clock.now += 1;
    expect(await accept(inbox, delivery('a'))).toBe('new');
  });

  test('is refused while too much waits', async () => {
    const crowded: Inbox = { ...inbox, state: { ...inbox.state, queued: async () => 100_000 } };
    await accept(inbox, delivery('before'));
    clock.now += 1_000;
    await expect(accept(crowded, delivery('a'))).rejects.toMatchObject({ kind: 'state' });
    expect(await accept(crowded, delivery('before')), 'a copy takes no room').toBe('seen');
    clock.now += 1_000;
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
    clock.now += 90 * DAY - 1;
    expect(await counts(inbox)).toEqual({ waiting: 0, parked: 30 });
    await accept(inbox, delivery('last'), 'drifted');
    clock.now += 1;
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
    clock.now += 3_600_000;
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
