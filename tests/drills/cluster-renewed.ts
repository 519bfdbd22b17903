import assert from 'node:assert/strict';
import { type Cluster, startCluster } from '#tests/cluster/cluster.ts';
import { type Change, copyOfTree } from '#tests/support/copy-of-tree.ts';
import type { Drill, Tell } from '#tests/support/drill.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { followTokenRequests } from '#tests/support/token-requests.ts';
import { pause } from '#tests/support/until.ts';
import { signIn, visitor } from '#tests/support/visitor.ts';

const SIZES = {
  short: { sessions: 6, renewals: 3, restarts: 1 },
  full: { sessions: 40, renewals: 25, restarts: 5 },
} as const;
/** Seconds that an access token lives. */
const LIVES = 4;
/** Of each session, at each instance at the same time. */
const AT_ONCE = 2;
const MOST_SECONDS = 400;
/** Not each of them comes between the provider's answer and the write of it. */
const MOST_RESTARTS = 20;
/** Milliseconds after an answer that the store is away. */
const BETWEEN = 100;

/** Every instance takes the lease on a renewal, whoever has it. */
const TAKEN: Change = {
  file: 'services/identity/renewal-lease.ts',
  from: "(await state.commit([{ do: 'claim', key, value: id, ttl }]))?.get(key)",
  to: 'await state.set(key, id, { ttl })',
};
/** What the store does not take is lost, and its lease soon ends. */
const LOST: readonly Change[] = [
  { file: 'services/identity/refresh.ts', from: 'const HELD = 10;', to: 'const HELD = 0.05;' },
  { file: 'services/identity/refresh.ts', from: 'const NEEDED = 2;', to: 'const NEEDED = 0;' },
  { file: 'services/identity/unsaved-tokens.ts', from: 'if (!isStateError(thrown)) throw', to: 'throw' },
];

/**
 * Sessions whose tokens run out all the time, each used at all instances at once, while Postgres is ended just as the
 * provider is asked for new ones. The provider ends a session whose token is spent twice.
 */
export const drill: Drill = {
  name: 'cluster: tokens renewed',
  proves:
    'no refresh token is spent twice, and no session ends, though three instances need the new one at once and Postgres is restarted meanwhile',
  async run(size, tell) {
    const { restarts } = SIZES[size];
    const seen = await play(SIZES[size], tell);
    assert.deepEqual([seen.refused, seen.failed], [0, 0], JSON.stringify(seen));
    const taken = await broken([TAKEN], 0, tell);
    assert.ok(taken.refused > 0, 'the seeded defect of leases was not seen');
    const lost = await broken(LOST, MOST_RESTARTS, tell);
    assert.ok(lost.refused > 0, 'the seeded defect of tokens that are not stored was not seen');
    return `${SIZES[size].sessions} sessions, ${seen.renewals} renewals, ${restarts} restarts of Postgres, ${seen.answers} answers: 0 refused; the seeded defects: ${taken.refused} and ${lost.refused} refused`;
  },
};

async function broken(changes: readonly Change[], restarts: number, tell: Tell): Promise<Seen> {
  const tree = copyOfTree(changes);
  try {
    return await play({ ...SIZES.short, restarts }, tell, tree.path);
  } finally {
    tree.remove();
  }
}

interface Size {
  readonly sessions: number;
  readonly renewals: number;
  readonly restarts: number;
}

interface Seen {
  answers: number;
  failed: number;
  /** Told that the store is away. */
  away: number;
  renewals: number;
  /** Tokens that the provider did not take: they were spent before. */
  refused: number;
  /** The first answer that was wrong. */
  first?: string;
}

async function play({ sessions, renewals, restarts }: Size, tell: Tell, cwd?: string): Promise<Seen> {
  const cluster = await startCluster({
    tell,
    env: { DRAIN_NOTICE: '0' },
    mocks: { accessTokenTtl: LIVES },
    ...(cwd !== undefined && { cwd, count: 2 }),
  });
  const seen: Seen = { answers: 0, failed: 0, away: 0, renewals: 0, refused: 0 };
  try {
    const cookies: string[] = [];
    for (let at = 0; at < sessions; at++) {
      const who = visitor();
      await signIn(who, cluster.url, `renews${at}`);
      cookies.push(`sid=${who.cookies(new URL(cluster.url).host).get('sid')}`);
    }
    const issuer = listen(seen);
    try {
      const all = sessions * renewals;
      const end = performance.now() + MOST_SECONDS * 1_000;
      let restarted = 0;
      const isOver = () =>
        seen.refused > 0 || (seen.renewals >= all && restarted >= restarts) || performance.now() > end;
      const using = Promise.all(cookies.flatMap((cookie) => use(cluster, cookie, seen, isOver)));
      const restarting = async () => {
        for (; restarted < restarts; restarted++) {
          while (seen.renewals < (all * (restarted + 1)) / (restarts + 1) && !isOver()) await pause(BETWEEN);
          if (isOver()) return;
          await Promise.race([issuer.asked(), using]);
          await cluster.postgres.end(restarted % 2 === 0 ? 'SIGINT' : 'SIGKILL');
          await pause(LIVES * 250);
          await cluster.postgres.start();
          tell(`Postgres restarted ${restarted + 1} of ${restarts} times`);
        }
      };
      await Promise.all([using, restarting()]);
      // Each of them lives, and is not kept from its next renewal.
      if (seen.refused === 0) for (const cookie of cookies) await worksOn(cluster, cookie, seen);
    } finally {
      issuer.quiet();
    }
    tell(`${seen.renewals} renewals, ${seen.answers} answers, ${seen.away} without the store, ${seen.failed} failed`);
    assert.ok(seen.refused > 0 || seen.renewals >= sessions * renewals, `only ${seen.renewals} renewals`);
    return seen;
  } finally {
    await cluster.stop();
  }
}

function use({ instances }: Cluster, cookie: string, seen: Seen, isOver: () => boolean): Promise<void>[] {
  const worker = async (url: string) => {
    while (!isOver()) if ((await account(url, cookie, seen)) === 503) await pause(BETWEEN);
  };
  return instances.flatMap(({ url }) => Array.from({ length: AT_ONCE }, () => worker(url)));
}

async function worksOn({ instances }: Cluster, cookie: string, seen: Seen): Promise<void> {
  const end = performance.now() + PATIENCE;
  for (const { url } of instances) {
    while ((await account(url, cookie, seen)) === 503) {
      assert.ok(performance.now() < end, 'a session is not renewed any more');
      await pause(BETWEEN);
    }
  }
}

async function account(url: string, cookie: string, seen: Seen): Promise<number> {
  const answer = await fetch(`${url}/api/account`, { headers: { cookie } });
  const text = await answer.text();
  seen.answers++;
  if (answer.status === 503) seen.away++;
  else if (answer.status !== 200) {
    seen.failed++;
    seen.first ??= `${answer.status} ${text}`;
  }
  return answer.status;
}

/** Counts what the provider, which is in this process, answers to those who ask for tokens. */
function listen(seen: Seen): { asked(): Promise<void>; quiet(): void } {
  const rings: (() => void)[] = [];
  const quiet = followTokenRequests({
    asked: () => {
      for (const ring of rings.splice(0)) ring();
    },
    answered: (status) => {
      if (status === 200) seen.renewals++;
      else seen.refused++;
    },
  });
  return { asked: () => new Promise((resolve) => rings.push(resolve)), quiet };
}
