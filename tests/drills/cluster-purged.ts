import assert from 'node:assert/strict';
import { Client } from 'pg';
import { type Cluster, startCluster } from '#tests/cluster/cluster.ts';
import { type Change, copyOfTree } from '#tests/support/copy-of-tree.ts';
import type { Drill, Tell } from '#tests/support/drill.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { pause } from '#tests/support/until.ts';
import { signEvent } from '#tests/support/upstream-event.ts';

const SIZES = { short: { purges: 16, kills: 1 }, full: { purges: 400, kills: 12 } } as const;
const PRODUCTS = ['p-000201', 'p-000202', 'p-000203', 'p-000204'];
/** Prices of this drill begin here: a later one is higher, and what the seed says is lower than all. */
const FIRST_PRICE = 10_000_000;
/** Milliseconds after which nobody may be shown what an acknowledged purge has made old. */
const GRACE = 5_000;
const BETWEEN = 300;
const READ_EVERY = 20;

/** The shared tier's values are taken for new, whatever was purged since. */
const DEFECT: Change = {
  file: 'kernel/upstream/tier/tier-entry.ts',
  from: '|| mayPredatePurge(positions, lives.tags, position)',
  to: '',
};

interface Purge {
  readonly price: number;
  readonly acknowledged: number;
}

interface Seen {
  reads: number;
  /** Reads that began later than GRACE after an acknowledgement, and were shown something older. */
  readonly old: string[];
  /** The longest after an acknowledgement that something older was shown, in milliseconds. */
  longest: number;
}

/** Prices change, each with a webhook, while three instances are read, killed, and cut from what rings and what they share. */
export const drill: Drill = {
  name: 'cluster: purges',
  proves: `nothing older than an acknowledged purge is served by any of three instances ${GRACE / 1_000} s later, whatever is killed, frozen or flushed`,
  async run(size, tell) {
    const { purges, kills } = SIZES[size];
    const seen = await play({ purges, kills, tell });
    assert.deepEqual(seen.old, []);
    const tree = copyOfTree([DEFECT]);
    try {
      const { old } = await play({ purges: PRODUCTS.length, kills: 0, tell, cwd: tree.path });
      assert.notEqual(old.length, 0, 'the seeded defect was not seen');
      return `${purges} purges, ${kills} kills, ${seen.reads} reads: 0 old ones, the last ${Math.round(seen.longest)} ms after its purge; the seeded defect: ${old.length} old ones`;
    } finally {
      tree.remove();
    }
  },
};

interface Play {
  readonly purges: number;
  readonly kills: number;
  readonly tell: Tell;
  readonly cwd?: string;
}

async function play({ purges, kills, tell, cwd }: Play): Promise<Seen> {
  const env = { DRAIN_NOTICE: '0' };
  const cluster = await startCluster({
    tell,
    env,
    mocks: { latency: 'natural' },
    ...(cwd !== undefined && { cwd, count: 2 }),
  });
  const seen: Seen = { reads: 0, old: [], longest: 0 };
  const made = new Map<string, Purge[]>(PRODUCTS.map((id) => [id, []]));
  let over = false;
  try {
    const reading = Promise.all(cluster.instances.map((_, at) => readOn(cluster, at, made, seen, () => over)));
    let trouble: Promise<unknown> = Promise.resolve();
    for (let turn = 0; turn < purges; turn++) {
      await purge(cluster, made, turn);
      const every = Math.floor(purges / Math.max(kills, 1));
      if (kills > 0 && turn % every === 1 && turn / every < kills) {
        await trouble;
        trouble = upset(cluster, Math.floor(turn / every));
        tell(`${turn} purges, ${seen.reads} reads, ${seen.old.length} old ones`);
      }
      await pause(BETWEEN);
    }
    await trouble;
    await pause(GRACE + 1_000);
    over = true;
    await reading;
    return seen;
  } finally {
    over = true;
    await cluster.stop();
  }
}

/** Changes one price at its upstream and delivers the webhook of it, until it is taken. */
async function purge({ url, mocks }: Cluster, made: Map<string, Purge[]>, turn: number): Promise<void> {
  const id = PRODUCTS[turn % PRODUCTS.length] ?? '';
  const price = FIRST_PRICE + turn;
  const changed = { id, amountMinor: price };
  await fetch(`http://127.0.0.1:${mocks.port}/__control/prices`, { method: 'POST', body: JSON.stringify(changed) });
  const { headers, body } = signEvent(`msg_${turn}`, {
    type: 'pricing.price.changed',
    object: { id, version: turn + 1 },
  });
  const end = performance.now() + PATIENCE;
  for (;;) {
    const answer = await fetch(`${url}/api/webhooks/upstream`, { method: 'POST', headers, body }).catch(
      () => undefined,
    );
    await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.ok) break;
    assert.ok(performance.now() < end, 'a webhook is taken');
    await pause(50);
  }
  made.get(id)?.push({ price, acknowledged: performance.now() });
}

async function readOn(cluster: Cluster, at: number, made: Map<string, Purge[]>, seen: Seen, isOver: () => boolean) {
  for (let turn = at; !isOver(); turn++) {
    const id = PRODUCTS[turn % PRODUCTS.length] ?? '';
    const began = performance.now();
    const shown = await priceOf(`${cluster.instances[at]?.url}/api/products/${id}`);
    // One that is killed or starts answers nothing.
    if (shown !== undefined) judge(`instance ${at + 1}`, shown, made.get(id) ?? [], began, seen);
    await pause(READ_EVERY);
  }
}

async function priceOf(url: string): Promise<number | undefined> {
  try {
    const answer = await fetch(url);
    const { price } = (await answer.json()) as { price?: { now: { minor: number } } };
    return price?.now.minor;
  } catch {
    return undefined;
  }
}

function judge(where: string, shown: number, purges: readonly Purge[], began: number, seen: Seen): void {
  seen.reads++;
  const missed = purges.find(({ price }) => price > shown);
  if (missed === undefined) return;
  const late = began - missed.acknowledged;
  seen.longest = Math.max(seen.longest, late);
  if (late > GRACE) seen.old.push(`${where} showed ${shown}, ${Math.round(late)} ms after ${missed.price}`);
}

/** One instance is killed, the doorbell cut in all of them, and the tier stands still, and is empty then. */
async function upset({ instances, replace, redis, stateUrl }: Cluster, turn: number): Promise<void> {
  const replaced = replace(turn % instances.length, 'SIGKILL');
  const client = new Client({ connectionString: stateUrl });
  await client.connect();
  await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'`);
  await client.end();
  redis.freeze();
  await pause(1_000);
  redis.thaw();
  await replaced;
  if (turn % 2 === 1) await redis.command('FLUSHALL');
}
