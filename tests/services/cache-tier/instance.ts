import { followPurges } from '#kernel/cache/purge-log.ts';
import { tierFigures } from '#kernel/cache/tier-figures.ts';
import { purgeEverywhere } from '#kernel/http/write/effects.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { openRedisTier } from '#services/cache-tier/redis.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { startEngine } from '#tests/support/engine.ts';
import { SHARED_OPERATIONS } from './operations.ts';

// One of several instances: an engine on a state and a Redis that others use as well. It does what its parent says.

export type Order =
  | { readonly do: 'ask'; readonly targets: readonly string[]; readonly user?: string }
  | { readonly do: 'purge'; readonly tags: readonly string[] }
  /** Forgets all that this process has of its own. */
  | { readonly do: 'forget' };

export interface Told {
  readonly answers: readonly { readonly status: number; readonly body: string }[];
  /** How the calls of the last requests were answered. */
  readonly sources: readonly string[];
  readonly figures: ReturnType<typeof tierFigures>;
}

const [, , file = '', redis = '', upstream = '', key = ''] = process.argv;
const state = openSqliteState(file);
const tier = redis === '' ? undefined : openRedisTier(redis);
// A command has 4 s: on a machine with much to do, 20 ms pass by themselves, and an instance goes to the upstream alone.
const shop = startEngine({ shop: upstream }, SHARED_OPERATIONS, { state, tier, deadlineScale: 200 });
Object.assign(shop.engine.runtime.sessions, { seal: createSeal([Buffer.from(key, 'hex')]) });
if (shop.engine.deps.tier) Object.assign(shop.engine.deps.tier, { seal: shop.engine.runtime.sessions.seal });
const follower = followPurges(state, shop.engine.deps.tags);
await follower.catchUp();
while (tier?.unavailableReason !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));

async function carryOut(order: Order): Promise<Told['answers']> {
  if (order.do === 'ask') {
    const headers: Record<string, string> = order.user ? { authorization: `Bearer ${order.user}` } : {};
    const told = await Promise.all(order.targets.map((target) => shop.ask(target, headers)));
    await shop.settled();
    return told.map(({ status, text }) => ({ status, body: text }));
  }
  if (order.do === 'forget') {
    shop.lane().calls.clear();
    shop.engine.responses.clear();
    return [];
  }
  purgeEverywhere(shop.engine, order.tags);
  await shop.settled();
  return [];
}

process.on('message', async (order: Order) => {
  const answers = await carryOut(order);
  const traces = recentTraces(answers.length);
  const sources = traces.flatMap(({ calls }) => calls.map(({ cache }) => cache));
  process.send?.({ answers, sources, figures: tierFigures() } satisfies Told);
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
