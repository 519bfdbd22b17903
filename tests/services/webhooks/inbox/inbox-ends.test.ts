import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accept, type Inbox, replay, type Taken } from '#services/webhooks/inbox/inbox.ts';
import { finishDelivery } from '#services/webhooks/inbox/inbox-ends.ts';
import { fail, take } from '#services/webhooks/inbox/inbox-leases.ts';
import { counts, parked } from '#services/webhooks/inbox/inbox-views.ts';
import { allTold, clock, delivery, inbox, LEASE, other, taken, told, withInboxes } from '#tests/support/inbox.ts';
import { runs } from '#tests/support/long.ts';

withInboxes();

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
          } else if (next.op === 'wait') clock.now += next.ms;
          else {
            const [one] = held.splice(next.which, 1);
            // Some are let go of without a word, as by a process that was killed.
            if (one !== undefined && next.op === 'finish') await end(inbox, one);
            else if (one !== undefined) await fail(inbox, one, 'no');
          }
        }
        for (let tries = 0; tries < 300 && (await counts(inbox)).waiting > 0; tries++) {
          clock.now += LEASE;
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
