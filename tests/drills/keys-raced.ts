import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startCluster } from '#tests/cluster/cluster.ts';
import { appToken } from '#tests/support/app-login.ts';
import type { Drill } from '#tests/support/drill.ts';
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

/** Twenty send the same write under one key, a third of them to each of three hosts on one Postgres. */
export const drill: Drill = {
  name: 'writes: keys that are raced for',
  proves: 'one write at the upstream for each Idempotency-Key, and one answer to everybody who sent it',
  async run(size, tell) {
    const keys = SIZES[size];
    const relay = await startRelay();
    const env = { REVIEWS_URL: `http://127.0.0.1:${relay.port}/reviews/` };
    const cluster = await startCluster({ tell, env }).catch(async (error) => {
      await relay.close();
      throw error;
    });
    const { instances, mocks } = cluster;
    relay.target = mocks.port;
    const authorization = `Bearer ${await appToken(mocks.port, 'racer')}`;
    const reviews = async () => {
      const answer = await fetch(`${cluster.url}/api/products/p-000777/reviews?limit=1`);
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
      const hostOf = (at: number) => instances[at % instances.length]?.url ?? '';
      const answers = await Promise.all(Array.from({ length: RACERS }, (_, at) => send(hostOf(at), key)));
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
      const again = [...relay.posts].filter(([, count]) => count !== 1);
      assert.deepEqual({ keys: relay.posts.size, again }, { keys, again: [] }, 'POSTs at the upstream');
      return `${keys} keys × ${RACERS} racers at three hosts on one Postgres: ${keys} POSTs at the upstream, ${keys} effects`;
    } finally {
      await cluster.stop();
      await relay.close();
    }
  },
};

/** Stands before an upstream that knows keys itself, and counts the POSTs that come under each. */
async function startRelay() {
  const posts = new Map<string, number>();
  const server = createServer((asked, answer) => {
    const { method, url: path, headers } = asked;
    const key = String(headers['idempotency-key']);
    if (method === 'POST') posts.set(key, (posts.get(key) ?? 0) + 1);
    const onward = request({ host: '127.0.0.1', port: relay.target, method, path, headers }, (came) => {
      answer.writeHead(came.statusCode ?? 502, came.headers);
      came.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const relay = {
    port: (server.address() as AddressInfo).port,
    /** The port that is behind it. */
    target: 0,
    posts,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return relay;
}
