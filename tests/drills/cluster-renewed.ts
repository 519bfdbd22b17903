import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Cluster, startCluster } from '#tests/cluster/cluster.ts';
import { type Change, copyOfTree } from '#tests/support/copy-of-tree.ts';
import type { Drill, Tell } from '#tests/support/drill.ts';
import { signIn, visitor } from '#tests/support/visitor.ts';

const SIZES = { short: { sessions: 6, renewals: 3 }, full: { sessions: 40, renewals: 25 } } as const;
/** Seconds that an access token lives. */
const LIVES = 4;
/** Of each session, at each instance at the same time. */
const AT_ONCE = 2;
const MOST_SECONDS = 400;

/** Every instance takes the lease on a renewal, whoever has it. */
const DEFECT: Change = {
  file: 'kernel/identity/refresh.ts',
  from: 'if ((await state.claim(lease, leaseId, { ttl: LEASE })) === undefined) {',
  to: 'if ([await state.claim(lease, leaseId, { ttl: LEASE })].length === 1) {',
};

/** Sessions whose tokens run out all the time, each used at all instances at once. The provider ends one whose token is spent twice. */
export const drill: Drill = {
  name: 'cluster: tokens renewed',
  proves: 'no refresh token is spent twice, and no session ends, though three instances need the new one at once',
  async run(size, tell) {
    const seen = await play(SIZES[size], tell);
    assert.deepEqual([seen.refused, seen.failed], [0, 0], JSON.stringify(seen));
    const tree = copyOfTree([DEFECT]);
    try {
      const broken = await play(SIZES.short, tell, tree.path);
      assert.ok(broken.refused > 0, 'the seeded defect was not seen');
      return `${SIZES[size].sessions} sessions, ${seen.renewals} renewals, ${seen.answers} answers: 0 refused; the seeded defect: ${broken.refused} refused`;
    } finally {
      tree.remove();
    }
  },
};

interface Seen {
  answers: number;
  failed: number;
  renewals: number;
  /** Tokens that the provider did not take: they were spent before. */
  refused: number;
}

async function play(
  { sessions, renewals }: (typeof SIZES)[keyof typeof SIZES],
  tell: Tell,
  cwd?: string,
): Promise<Seen> {
  const cluster = await startCluster({
    tell,
    env: { DRAIN_NOTICE: '0' },
    mocks: { accessTokenTtl: LIVES },
    ...(cwd !== undefined && { cwd, count: 2 }),
  });
  const seen: Seen = { answers: 0, failed: 0, renewals: 0, refused: 0 };
  try {
    const cookies: string[] = [];
    for (let at = 0; at < sessions; at++) {
      const who = visitor();
      await signIn(who, cluster.url, `renews${at}`);
      cookies.push(`sid=${who.cookies(new URL(cluster.url).host).get('sid')}`);
    }
    const quiet = listen(seen);
    try {
      const end = performance.now() + MOST_SECONDS * 1_000;
      const isOver = () => seen.refused > 0 || seen.renewals >= sessions * renewals || performance.now() > end;
      await Promise.all(cookies.flatMap((cookie) => use(cluster, cookie, seen, isOver)));
    } finally {
      quiet();
    }
    tell(`${seen.renewals} renewals, ${seen.answers} answers, ${seen.failed} failed`);
    assert.ok(seen.refused > 0 || seen.renewals >= sessions * renewals, `only ${seen.renewals} renewals`);
    return seen;
  } finally {
    await cluster.stop();
  }
}

function use({ instances }: Cluster, cookie: string, seen: Seen, isOver: () => boolean): Promise<void>[] {
  const worker = async (url: string) => {
    while (!isOver()) {
      const answer = await fetch(`${url}/api/account`, { headers: { cookie } });
      await answer.arrayBuffer();
      seen.answers++;
      if (answer.status !== 200) seen.failed++;
    }
  };
  return instances.flatMap(({ url }) => Array.from({ length: AT_ONCE }, () => worker(url)));
}

/** Counts what the provider, which is in this process, says to those who ask for tokens; ends by what it gives. */
function listen(seen: Seen): () => void {
  const answered = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (!/\/token$/.test((request as { originalUrl?: string }).originalUrl ?? request.url ?? '')) return;
    if (response.statusCode === 200) seen.renewals++;
    else seen.refused++;
  };
  const finished = channel('http.server.response.finish');
  finished.subscribe(answered);
  return () => finished.unsubscribe(answered);
}
