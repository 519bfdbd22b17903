import assert from 'node:assert/strict';
import { Client } from 'pg';
import { type Cluster, startCluster } from '#tests/cluster/cluster.ts';
import { type Change, copyOfTree } from '#tests/support/copy-of-tree.ts';
import type { Drill, Tell } from '#tests/support/drill.ts';
import { type IdleClient, openIdle } from '#tests/support/idle-client.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { percentile } from '#tests/support/percentile.ts';
import { pause } from '#tests/support/until.ts';
import { signEvent } from '#tests/support/upstream-event.ts';

const SIZES = { short: { watchers: 60, changes: 6 }, full: { watchers: 2_000, changes: 30 } } as const;
const PRODUCTS = ['p-000201', 'p-000202', 'p-000203', 'p-000204'];
/** Prices of this drill begin here: no other is like one of them. */
const FIRST_PRICE = 10_000_000;
/** As many as one address may have on one instance, less a few. */
const AN_ADDRESS = 190;
const AT_ONCE = 50;
/** Milliseconds: what most may take, after which nobody may show what is old, and how exactly it is looked. */
const [MOST, STALE_AFTER, LOOK_EVERY] = [1_000, 5_000, 10];
/** A read is composed once a second at most: each product changes less often. */
const BETWEEN = 500;
/** Until all listen again: their pauses grow to two seconds. */
const BELL_IS_BACK = 2_500;

/** Who watches is not told of purges. */
const DEFECT: Change = {
  file: 'kernel/realtime/live-reads.ts',
  from: 'for (const read of touched) read.purged();',
  to: '',
};

interface Watcher {
  readonly client: IdleClient;
  readonly product: string;
  /** What came last: a price may come in two pieces. */
  tail: string;
}

/** Prices change, each with a webhook, while many watch them at three instances; in the middle nobody hears the doorbell. */
export const drill: Drill = {
  name: 'cluster: watchers',
  proves: 'of 2,000 watchers at three instances nobody is stale 5 s after a webhook, though the bus is killed',
  async run(size, tell) {
    const { watchers, changes } = SIZES[size];
    const { ringing, silent } = await play({
      watchers,
      changes,
      tell,
      staleAfter: size === 'full' ? STALE_AFTER : PATIENCE,
    });
    const p99 = percentile(ringing, 99);
    // How soon is a figure of a machine; in short it is enough that all hear.
    if (size === 'full') assert.ok(p99 <= MOST, `from webhook to screen: ${figures(ringing)}`);
    const tree = copyOfTree([DEFECT]);
    try {
      const deaf = play({ watchers: PRODUCTS.length, changes: 1, tell, staleAfter: STALE_AFTER, cwd: tree.path });
      await assert.rejects(deaf, /are stale after/, 'the seeded defect was not seen');
    } finally {
      tree.remove();
    }
    return `${watchers} watchers, ${changes} webhooks: ${figures(ringing)}; with the bus killed ${figures(silent)}; the seeded defect: stale`;
  },
};

interface Play {
  readonly watchers: number;
  readonly changes: number;
  readonly tell: Tell;
  /** Milliseconds after a webhook. */
  readonly staleAfter: number;
  readonly cwd?: string;
}

/** Resolves with the milliseconds that changes took, those while the bus was killed by themselves. */
async function play({ watchers: count, changes, tell, staleAfter, cwd }: Play) {
  const copy = cwd === undefined ? {} : { cwd, count: 1 };
  const cluster = await startCluster({ tell, mocks: { latency: 'natural' }, ...copy });
  const watchers: Watcher[] = [];
  const [ringing, silent]: [number[], number[]] = [[], []];
  try {
    while (watchers.length < count) {
      const opening = Array.from({ length: Math.min(AT_ONCE, count - watchers.length) }, (_, index) =>
        watch(cluster, watchers.length + index),
      );
      watchers.push(...(await Promise.all(opening)));
    }
    await pause(2_000);
    tell(`${count} watch`);
    for (let turn = 0; turn < changes; turn++) {
      const isSilent = turn >= changes / 3 && turn < (2 * changes) / 3;
      const took = await change(cluster, watchers, { turn, isSilent, staleAfter });
      (isSilent ? silent : ringing).push(...took);
      tell(`webhook ${turn + 1}${isSilent ? ', the bus killed' : ''}: ${figures(took)}`);
      await pause(isSilent ? BELL_IS_BACK : BETWEEN);
    }
    return { ringing, silent };
  } finally {
    for (const { client } of watchers) client.leave();
    await cluster.stop();
  }
}

async function watch({ instances }: Cluster, index: number): Promise<Watcher> {
  const at = index % instances.length;
  const product = PRODUCTS[Math.floor(index / instances.length) % PRODUCTS.length] ?? '';
  const address = `127.0.1.${1 + Math.floor(index / instances.length / AN_ADDRESS)}`;
  const port = Number(new URL(instances[at]?.url ?? '').port);
  return { client: await openIdle(port, `/api/events?watch=/api/products/${product}`, address), product, tail: '' };
}

/** One price changes; resolves with the milliseconds from its webhook until each of its watchers had it. */
async function change(
  cluster: Cluster,
  watchers: readonly Watcher[],
  { turn, isSilent, staleAfter }: { readonly turn: number; readonly isSilent: boolean; readonly staleAfter: number },
) {
  const id = PRODUCTS[turn % PRODUCTS.length] ?? '';
  const price = FIRST_PRICE + turn;
  const prices = `http://127.0.0.1:${cluster.mocks.port}/__control/prices`;
  await fetch(prices, { method: 'POST', body: JSON.stringify({ id, amountMinor: price }) });
  if (isSilent) await killBus(cluster);
  const event = { type: 'pricing.price.changed', object: { id, version: turn + 1 } };
  const { headers, body } = signEvent(`msg_${turn}`, event);
  const sent = performance.now();
  const answer = await fetch(`${cluster.url}/api/webhooks/upstream`, { method: 'POST', headers, body });
  assert.ok(answer.ok, `the webhook was answered ${answer.status}`);
  const took: number[] = [];
  const waiting = new Set(watchers.filter(({ product }) => product === id));
  while (waiting.size > 0) {
    const now = performance.now() - sent;
    for (const watcher of waiting) if (has(watcher, price)) waiting.delete(watcher) && took.push(now);
    assert.ok(now < staleAfter || waiting.size === 0, `${waiting.size} of ${id} are stale after ${now.toFixed(0)} ms`);
    await pause(LOOK_EVERY);
  }
  return took;
}

function has(watcher: Watcher, price: number): boolean {
  const text = watcher.tail + watcher.client.take();
  watcher.tail = text.slice(-64);
  return text.includes(`"minor":${price}`);
}

/** The doorbell is cut everywhere at the moment of the change; what it would have said is found by polls alone. */
async function killBus({ stateUrl }: Cluster): Promise<void> {
  const client = new Client({ connectionString: stateUrl });
  await client.connect();
  await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'`);
  await client.end();
}

const figures = (took: readonly number[]) =>
  `p50 ${percentile(took, 50).toFixed(0)} ms, p99 ${percentile(took, 99).toFixed(0)} ms, last ${Math.max(...took).toFixed(0)} ms`;
