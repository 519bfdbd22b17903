import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { State } from '#kernel/state/state.ts';
import { startMockServer } from '#mocks/server.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { counts } from '#services/webhooks/inbox/inbox-views.ts';
import type { Drill, Size, Tell } from '#tests/support/drill.ts';
import { tailEvents } from '#tests/support/event-tail.ts';
import { freePort, over, type Running, runHost, stop } from '#tests/support/host.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { signEvent } from '#tests/support/upstream-event.ts';

const SIZES = {
  short: { deliveries: 200, kills: 1, restarts: 1 },
  full: { deliveries: 10_000, kills: 20, restarts: 5 },
};
const SENDERS = 8;
/** One in so many is sent again though it was taken. */
const AGAIN = 10;

/** What is delivered to. */
interface Site {
  readonly url: string;
  /** Another look at its state; what it is asked while that is away, it answers when it is back. */
  readonly state: State;
  /** Kills a host with SIGKILL, each in turn, and puts another one in its place. */
  kill(turn: number): Promise<void>;
  /** Ends its store and starts it again, where that is a process of its own. */
  restart?(): Promise<void>;
  dispose(): Promise<void>;
}

async function oneHost(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-drill-'));
  const mocks = await startMockServer(0, { latency: 'none' });
  const port = await freePort();
  const start = () => runHost('lean', { ...over(mocks), DATA_DIR: folder }, { port });
  let host: Running = await start();
  return {
    url: host.url,
    state: openSqliteState(join(folder, 'state.db')),
    async kill() {
      host.child.kill('SIGKILL');
      await host.ended;
      host = await start();
    },
    async dispose() {
      await stop(host);
      await mocks.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const drill = killedDrill('webhooks: SIGKILL', oneHost);

/**
 * Real servers, killed with SIGKILL at random moments while eight senders deliver to them, and their store with them
 * where that is a process. A sender tries again whatever was not answered with a 2xx, as they all do.
 */
export function killedDrill(
  name: string,
  make: (tell: Tell) => Promise<Site>,
  deliveries = SIZES.full.deliveries,
): Drill {
  return {
    name,
    proves: 'what was answered with a 2xx is worked off, once, whenever the server, or its store, is killed',
    run: (size, tell) => play(size === 'full' ? { ...SIZES.full, deliveries } : SIZES.short, make, tell),
  };
}

async function play(
  { deliveries, kills, restarts }: (typeof SIZES)[Size],
  make: (tell: Tell) => Promise<Site>,
  tell: Tell,
): Promise<string> {
  const { url, state, kill: killOne, restart, dispose } = await make(tell);
  const tail = tailEvents(state);
  let restarted = 0;
  try {
    const pending = Array.from({ length: deliveries }, (_, index) => index).reverse();
    const acknowledged = new Set<number>();
    let unanswered = 0;
    const send = async (index: number) => {
      const { headers, body } = signEvent(`msg_${index}`, {
        type: 'pricing.price.changed',
        object: { id: `p-${index}`, version: 1 },
      });
      const answer = await fetch(`${url}/api/webhooks/upstream`, { method: 'POST', headers, body }).catch(
        () => undefined,
      );
      await answer?.arrayBuffer().catch(() => undefined);
      return answer?.ok ?? false;
    };
    const sender = async () => {
      for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
        if (await send(index)) {
          acknowledged.add(index);
          if (randomInt(AGAIN) === 0) await send(index);
        } else {
          unanswered++;
          pending.push(index);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    };
    const sending = Promise.all(Array.from({ length: SENDERS }, sender));
    const share = deliveries / (kills + 1);
    for (let kill = 1; kill <= kills; kill++) {
      const at = Math.floor(share * (kill - 1) + 1 + randomInt(Math.ceil(share)));
      while (acknowledged.size < at && acknowledged.size < deliveries)
        await new Promise((resolve) => setTimeout(resolve, randomInt(1, 5)));
      await killOne(kill);
      tell(`killed ${kill} of ${kills} times, ${acknowledged.size} of ${deliveries} taken`);
      if (restart !== undefined && restarted < Math.ceil((restarts * kill) / kills)) {
        await restart();
        restarted++;
        tell(`its store restarted ${restarted} of ${restarts} times`);
      }
    }
    await sending;

    const cleared = performance.now();
    const inbox = { state, now: Date.now };
    try {
      let [least, fellAt] = [Number.POSITIVE_INFINITY, cleared];
      for (;;) {
        const { waiting } = await counts(inbox);
        if (waiting === 0) break;
        if (waiting < least) [least, fellAt] = [waiting, performance.now()];
        assert(performance.now() - fellAt < PATIENCE, `the backlog stands still at ${waiting}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const took = Math.round(performance.now() - cleared);
      await tail.stop();
      const told = new Map<string, number>();
      for (const { data } of tail.told) told.set(data.id ?? '', (told.get(data.id ?? '') ?? 0) + 1);
      let [lost, doubled] = [0, 0];
      for (let index = 0; index < deliveries; index++) {
        const times = told.get(`p-${index}`) ?? 0;
        if (times === 0) lost++;
        if (times > 1) doubled++;
      }
      assert.deepEqual({ lost, doubled, ...(await counts(inbox)) }, { lost: 0, doubled: 0, waiting: 0, parked: 0 });
      return `${deliveries} deliveries, ${kills} kills, ${restarted} restarts of the store, ${unanswered} unanswered, 0 lost, 0 doubled, cleared in ${took} ms`;
    } finally {
      await state.close();
    }
  } finally {
    await dispose();
  }
}
