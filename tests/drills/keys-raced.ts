import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { startMockServer } from '#mocks/server.ts';
import { appToken } from '#tests/support/app-login.ts';
import type { Drill } from '#tests/support/drill.ts';
import { over, runHost, stop } from '#tests/support/host.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { pause } from '#tests/support/until.ts';

const SIZES = { short: 12, full: 1_000 };
const RACERS = 20;
/** Keys that are raced for at the same time. */
const AT_ONCE = 8;
const LOOK_EVERY = 10;

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly replayed: boolean;
}

/** Twenty send the same write under one key, half of them to each of two processes on one state. */
export const drill: Drill = {
  name: 'writes: keys that are raced for',
  proves: 'one effect for each Idempotency-Key, and one answer to everybody who sent it',
  async run(size, tell) {
    const keys = SIZES[size];
    const mocks = await startMockServer(0, { latency: 'none' });
    const one = await runHost('lean', over(mocks));
    // The second process works on the state of the first.
    const two = await runHost('lean', { ...over(mocks), DATA_DIR: one.dataDir });
    const authorization = `Bearer ${await appToken(mocks.port, 'racer')}`;
    const reviews = async () => {
      const answer = await fetch(`${one.url}/api/products/p-000777/reviews?limit=1`);
      return ((await answer.json()) as { total: number }).total;
    };
    const send = async (host: string, key: string): Promise<Answered> => {
      const end = performance.now() + PATIENCE;
      while (performance.now() < end) {
        const answer = await fetch(`${host}/api/products/p-000777/reviews`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json', 'idempotency-key': key },
          body: JSON.stringify({ rating: 5, title: key, text: 'Once.' }),
        });
        const text = await answer.text();
        if (answer.status !== 409)
          return { status: answer.status, text, replayed: answer.headers.has('idempotency-replayed') };
        await pause(LOOK_EVERY);
      }
      throw new Error(`the key ${key} was in progress for ever`);
    };
    const race = async (key: string): Promise<void> => {
      const hosts = [one.url, two.url];
      const answers = await Promise.all(Array.from({ length: RACERS }, (_, at) => send(hosts[at % 2] as string, key)));
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
      assert.equal(new Set(answers.map(({ text }) => text)).size, 1, 'all are told the same');
      assert.equal(answers.filter(({ replayed }) => !replayed).length, 1, 'one has done it');
    };
    try {
      const before = await reviews();
      let [begun, done] = [0, 0];
      const worker = async (): Promise<void> => {
        while (begun < keys) {
          begun++;
          await race(randomUUID());
          if (++done % 100 === 0) tell(`${done} of ${keys} keys`);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      assert.equal((await reviews()) - before, keys, 'effects');
      return `${keys} keys × ${RACERS} racers in two processes: ${keys} effects`;
    } finally {
      await Promise.all([stop(one), stop(two)]);
      await mocks.close();
    }
  },
};
