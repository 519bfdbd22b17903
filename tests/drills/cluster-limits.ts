import assert from 'node:assert/strict';
import { type Cluster, startCluster } from '#tests/cluster/cluster.ts';
import { appToken } from '#tests/support/app-login.ts';
import { type Change, copyOfTree } from '#tests/support/copy-of-tree.ts';
import type { Drill, Tell } from '#tests/support/drill.ts';
import { pause } from '#tests/support/until.ts';

const SIZES = { short: { reads: 150, writes: 40, kills: 1 }, full: { reads: 6_000, writes: 1_000, kills: 6 } } as const;
/** So many times its limit is asked for. */
const TIMES = 3;
/** Of each limit, at each instance at the same time. */
const AT_ONCE = 8;
const MOST_OVER = 0.05;

/** Each instance counts by itself, though there is a store. */
const DEFECT: Change = {
  file: 'kernel/http/access/rate-limit.ts',
  from: 'runtime.sharedCounter?.(key, policy) ?? new',
  to: 'new',
};

interface Limit {
  readonly name: string;
  readonly quota: number;
  ask(instance: string): Promise<number>;
}

/** One customer and one address ask for far more than they have, at all instances at once, while some are killed. */
export const drill: Drill = {
  name: 'cluster: limits',
  proves: `a limit is one limit over three instances: at most ${100 * MOST_OVER} % more pass while the store is up`,
  async run(size, tell) {
    const figures = await play(SIZES[size], tell);
    for (const { name, quota, passed } of figures) {
      assert.ok(passed <= quota * (1 + MOST_OVER), `${passed} ${name} passed where ${quota} may`);
      // What was under way in an instance that is killed is counted, and answered to nobody.
      assert.ok(passed >= quota - AT_ONCE * SIZES[size].kills, `${passed} ${name} passed where ${quota} may`);
    }
    const tree = copyOfTree([DEFECT]);
    try {
      const broken = await play({ ...SIZES.short, kills: 0 }, tell, tree.path);
      for (const { name, quota, passed } of broken)
        assert.ok(passed > quota * (1 + MOST_OVER), `the seeded defect was not seen in ${name}`);
      return [...figures, ...broken.map(({ name, ...more }) => ({ name: `with the seeded defect ${name}`, ...more }))]
        .map(({ name, quota, passed, asked }) => `${name}: ${passed} of ${asked} passed where ${quota} may`)
        .join('; ');
    } finally {
      tree.remove();
    }
  },
};

interface Load {
  readonly reads: number;
  readonly writes: number;
  readonly kills: number;
}

async function play({ reads, writes, kills }: Load, tell: Tell, cwd?: string) {
  const env = { RATE_LIMIT_READS: `${reads}/1h`, RATE_LIMIT_WRITES: `${writes}/1h`, DRAIN_NOTICE: '0' };
  const cluster = await startCluster({ tell, env, ...(cwd !== undefined && { cwd, count: 2 }) });
  try {
    const authorization = `Bearer ${await appToken(cluster.mocks.port, 'limited')}`;
    const status = async (url: string, init: RequestInit) => {
      const answer = await fetch(url, init);
      await answer.arrayBuffer();
      return answer.status;
    };
    const forwarded = { 'x-forwarded-for': '203.0.113.7' };
    const limits: Limit[] = [
      { name: 'reads', quota: reads, ask: (url) => status(`${url}/api/account`, { headers: { authorization } }) },
      {
        name: 'writes',
        quota: writes,
        // Nobody's, which is refused; or one too many, which is not even looked at.
        ask: (url) => status(`${url}/api/addresses/a-000001`, { method: 'DELETE', headers: forwarded }),
      },
    ];
    let going = true;
    const killing = kill(cluster, kills, () => going, tell);
    const figures = await Promise.all(limits.map((limit) => exhaust(cluster, limit)));
    going = false;
    await killing;
    return figures;
  } finally {
    await cluster.stop();
  }
}

async function exhaust({ instances }: Cluster, { name, quota, ask }: Limit) {
  const tally = { asked: 0, passed: 0 };
  const worker = async (at: number) => {
    while (tally.asked < TIMES * quota) {
      tally.asked++;
      // One that is killed passes nothing, and is no time's loss.
      const answered = await ask(instances[at]?.url ?? '').catch(() => undefined);
      if (answered === undefined) await pause(50);
      else if (answered !== 429) tally.passed++;
    }
  };
  await Promise.all(instances.flatMap((_, at) => Array.from({ length: AT_ONCE }, () => worker(at))));
  return { name, quota, ...tally };
}

async function kill({ instances, replace }: Cluster, kills: number, isGoing: () => boolean, tell: Tell): Promise<void> {
  for (let turn = 0; turn < kills && isGoing(); turn++) {
    await replace(turn % instances.length, 'SIGKILL');
    tell(`${turn + 1} instances killed`);
  }
}
