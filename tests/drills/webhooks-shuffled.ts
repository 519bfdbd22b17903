import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handle } from '#operations/webhooks/handle.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { accept, type Inbox } from '#services/webhooks/inbox/inbox.ts';
import { counts } from '#services/webhooks/inbox/inbox-views.ts';
import { startInboxWorker } from '#services/webhooks/inbox/inbox-worker.ts';
import { createSignatures } from '#services/webhooks/signatures.ts';
import type { Drill } from '#tests/support/drill.ts';
import { tailEvents } from '#tests/support/event-tail.ts';
import { signEvent } from '#tests/support/upstream-event.ts';

const SIZES = { short: 300, full: 10_000 };
/** One in so many deliveries is of an object that has several. */
const SHARED = 5;
const VERSIONS = 10;
/** One in so many comes a fourth time, too late or too early to be believed. */
const LATE = 50;
const SECRETS = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_QUJDQUJDQUJDQUJDQUJDQUJDQUJD'];
const TYPE = 'pricing.price.changed';

interface Sent {
  readonly id: string;
  readonly object: { readonly id: string; readonly version: number };
}

/** A copy of a delivery; `skew` is what its sender's clock is ahead of ours, in milliseconds. */
interface Copy extends Sent {
  readonly skew: number;
}

/**
 * Deliveries in three copies each, shuffled, under two secrets and clocks up to 301 s apart, into an inbox that two
 * workers on connections of their own work off meanwhile.
 */
export const drill: Drill = {
  name: 'webhooks: copies in any order',
  proves: 'each delivery has one effect; of an object with several versions the newest is the last word',
  async run(size, tell) {
    const count = SIZES[size];
    const folder = mkdtempSync(join(tmpdir(), 'tributary-drill-'));
    const inboxes = Array.from(
      { length: 2 },
      (): Inbox => ({ state: openSqliteState(join(folder, 'state.db')), now: Date.now }),
    );
    const failures: unknown[] = [];
    const workers = inboxes.map((inbox) =>
      startInboxWorker(inbox, { handle, report: (error) => failures.push(error) }),
    );
    const [inbox, other] = inboxes as [Inbox, Inbox];
    const tail = tailEvents(inbox.state);
    try {
      const single = Array.from({ length: count }, (_, index) => ({
        id: `single-${index}`,
        object: { id: `s-${index}`, version: 1 },
      }));
      const shared = Array.from({ length: Math.ceil(count / SHARED) }, (_, index) => {
        const version = 1 + (index % VERSIONS);
        return { id: `shared-${index}`, object: { id: `o-${Math.floor(index / VERSIONS)}`, version } };
      });
      const all = [...single, ...shared];
      const late = all.filter((_, index) => index % LATE === 0);
      const copies = shuffled([...all.flatMap((one) => [near(one), near(one), near(one)]), ...late.map(far)]);
      let [taken, seen, refused] = [0, 0, 0];
      for (const [index, one] of copies.entries()) {
        const at = Date.now();
        const { upstream } = createSignatures({ stripe: [], github: [], clerk: [], upstream: SECRETS }, () => at);
        const { headers, body } = signEvent(
          one.id,
          { type: TYPE, object: one.object },
          { at: at + one.skew, secret: SECRETS[randomInt(2)] ?? '' },
        );
        if (!(await upstream(headers, Buffer.from(body)))) refused++;
        else {
          const through = index % 2 === 0 ? inbox : other;
          const received = await accept(through, { sender: 'upstream', id: one.id, type: TYPE, body });
          if (received === 'new') taken++;
          else seen++;
        }
        if (index % 64 === 0) await new Promise(setImmediate);
        if (index % 6_000 === 5_999) tell(`${index + 1} of ${copies.length} delivered`);
      }
      for (let tries = 0; (await counts(inbox)).waiting > 0; tries++) {
        assert(tries < 3_000, 'the backlog was never cleared');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await Promise.all(workers.map((worker) => worker.stop()));
      await tail.stop();
      const versions = new Map<string, number[]>();
      for (const { data } of tail.told)
        versions.set(data.id ?? '', [...(versions.get(data.id ?? '') ?? []), data.version ?? 0]);
      const versionsOf = (object: string) => versions.get(object) ?? [];

      assert.deepEqual(failures, []);
      assert.deepEqual(await counts(inbox), { waiting: 0, parked: 0 });
      assert.deepEqual([taken, seen, refused], [all.length, all.length * 2, late.length]);

      for (const { id, object } of single) {
        assert.deepEqual(versionsOf(object.id), [object.version], id);
      }
      for (const object of new Set(shared.map((one) => one.object.id))) {
        const sent = shared.filter((one) => one.object.id === object).map((one) => one.object.version);
        const told = versionsOf(object);
        assert.deepEqual(
          told,
          [...new Set(told)].sort((a, b) => a - b),
          `${object} went back`,
        );
        assert.equal(told.at(-1), Math.max(...sent));
      }
      return `${copies.length} deliveries, ${count} effects of ${count}, ${refused} refused for their time`;
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all(inboxes.map(({ state }) => state.close()));
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Of a clock that is at most five minutes from ours. */
const near = (one: Sent): Copy => ({ ...one, skew: randomInt(-300, 301) * 1_000 });
/** Of one that is a second further. */
const far = (one: Sent): Copy => ({ ...one, skew: randomInt(2) === 0 ? 301_000 : -301_000 });

function shuffled<T>(all: T[]): T[] {
  for (let index = all.length - 1; index > 0; index--) {
    const other = randomInt(index + 1);
    [all[index], all[other]] = [all[other] as T, all[index] as T];
  }
  return all;
}
