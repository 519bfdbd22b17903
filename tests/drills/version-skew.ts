import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import type { Drill, Tell } from '#tests/support/drill.ts';
import { freePort, over, type Running, runHost, stop } from '#tests/support/host.ts';
import { type PostgresServer, startPostgres } from '#tests/support/postgres.ts';
import { pause } from '#tests/support/until.ts';
import { signEvent } from '#tests/support/upstream-event.ts';
import { signIn, visitor } from '#tests/support/visitor.ts';
import { checkoutOf } from './overload/checkout.ts';
import { ROOT } from './overload/lab.ts';

/** What brought STATE_URL: no server before it can share a state. */
const FIRST = ['log', '--diff-filter=A', '--format=%H', '--', 'kernel/state/postgres/postgres.ts'];
const MOST_WAIT = 30_000;
const ORDERS = ['the earlier one first', 'this one first'] as const;

/** Empty where it fails: outside of a repository, or at what a shallow clone does not have. */
const git = (...args: string[]): string => spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' }).stdout?.trim() ?? '';

/** The commits whose servers run beside this one's, those that are here: the oldest that can, and the one before this. */
export function earlierCommits(): { readonly commits: readonly string[]; readonly lacks?: string } {
  const isShallow = git('rev-parse', '--is-shallow-repository') === 'true';
  // Where a shallow clone begins, all files seem new.
  const first = isShallow
    ? ''
    : (git(...FIRST)
        .split('\n')
        .at(-1) ?? '');
  const commits = new Set([first, git('rev-parse', '--quiet', '--verify', 'HEAD~1')].filter((commit) => commit !== ''));
  return {
    commits: [...commits],
    ...(isShallow && { lacks: `the clone is shallow: ${commits.size} of 2 earlier commits; git fetch --unshallow` }),
  };
}

/** A rolling deploy: the server of an earlier commit and this one work side by side on one Postgres. */
export const drill: Drill = {
  name: 'version skew of servers',
  proves: 'an earlier server and this one know each other’s sessions, keys, purges and limits on one Postgres',
  async run(size, tell) {
    const { commits, lacks } = earlierCommits();
    assert.ok(commits.length > 0, lacks ?? 'no earlier commit is here');
    if (lacks !== undefined) tell(`INCOMPLETE: ${lacks}`);
    for (const [at, commit] of commits.entries()) {
      // In short the oldest makes the schema, as it did, and this one makes it for the one before.
      for (const order of size === 'full' ? ORDERS : [ORDERS[at] ?? ORDERS[0]]) {
        tell(`${commit.slice(0, 7)} beside this one, ${order}`);
        await besides(checkoutOf(commit), order, tell);
      }
    }
    return `${commits.map((commit) => commit.slice(0, 7)).join(' and ')} beside this one${lacks === undefined ? '' : `; INCOMPLETE: ${lacks}`}`;
  },
};

/** Starts both, the one that makes the schema first. */
async function besides(earlier: string, order: string, tell: Tell): Promise<void> {
  const mocks = await startMockServer(0, { latency: 'none' });
  const server = await startPostgres();
  const hosts: Running[] = [];
  try {
    const port = await freePort();
    const env = await sharedEnv(mocks, server, port);
    const folders = order === 'this one first' ? [ROOT, earlier] : [earlier, ROOT];
    hosts.push(await runHost('lean', env, { cwd: folders[0] ?? ROOT, port }));
    hosts.push(await runHost('lean', env, { cwd: folders[1] ?? ROOT }));
    const [one, two] = hosts as [Running, Running];
    await sessionsAndKeys(one, two);
    await limits(one, two);
    for (const [at, pair] of [[one, two] as const, [two, one] as const].entries()) await purges(pair, mocks, at);
    tell('sessions, keys, limits and purges are of both');
  } finally {
    await Promise.all(hosts.map(stop));
    await mocks.close();
    await server.dispose();
  }
}

const READS = 20;

/** Both are one shop, whose address is the first one's. */
async function sharedEnv(mocks: MockServer, server: PostgresServer, port: number) {
  return {
    ...over(mocks),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    STATE_URL: await server.database(),
    STATE_KEYS: randomBytes(32).toString('base64url'),
    INSTANCES: '2',
    RATE_LIMIT_LOGINS: `${READS}/1h`,
  };
}

/** A session made at one, a write under a key at the other, and the same key again at the first; signed out at the other. */
async function sessionsAndKeys(one: Running, two: Running): Promise<void> {
  const ada = visitor();
  await signIn(ada, one.url, 'ada');
  const cookie = `sid=${ada.cookies(new URL(one.url).host).get('sid')}`;
  const session = async ({ url }: Running) =>
    (await (await fetch(`${url}/api/auth/session`, { headers: { cookie } })).json()) as { signedIn: boolean };
  for (const host of [one, two]) assert.equal((await session(host)).signedIn, true);
  const fromOurPage = { 'x-csrf': '1', 'sec-fetch-site': 'same-origin' };
  const headers = {
    cookie,
    'content-type': 'application/json',
    'idempotency-key': randomUUID(),
    ...fromOurPage,
  };
  const body = JSON.stringify({ text: 'Is anybody there?' });
  const answers: unknown[] = [];
  for (const { url } of [two, one]) {
    const answer = await fetch(`${url}/api/support/messages`, { method: 'POST', headers, body });
    answers.push([answer.status, ((await answer.json()) as { id: string }).id]);
  }
  assert.deepEqual(answers[0], answers[1]);
  assert.equal((answers[0] as unknown[])[0], 201);
  const out = await fetch(`${two.url}/api/auth/logout`, { method: 'POST', headers: { cookie, ...fromOurPage } });
  assert.ok(out.ok, `signing out: ${out.status}`);
  assert.equal((await session(one)).signedIn, false);
}

/** Logins of one address, at each in turn. */
async function limits(one: Running, two: Running): Promise<void> {
  let passed = 0;
  for (let turn = 0; turn < 2 * READS; turn++) {
    const { url } = turn % 2 === 0 ? one : two;
    const answer = await fetch(`${url}/api/auth/login`, { redirect: 'manual' });
    if (answer.status === 303) passed++;
  }
  // One has signed in before.
  assert.equal(passed, READS - 1, 'logins that passed');
}

/** A webhook at the first makes a price old in both. */
async function purges([first, other]: readonly [Running, Running], mocks: MockServer, at: number): Promise<void> {
  const id = `p-00060${at}`;
  const price = async ({ url }: Running) => {
    const answer = await fetch(`${url}/api/products/${id}`);
    return ((await answer.json()) as { price: { now: { minor: number } } }).price.now.minor;
  };
  await Promise.all([price(first), price(other)]);
  await fetch(`http://127.0.0.1:${mocks.port}/__control/prices`, {
    method: 'POST',
    body: JSON.stringify({ id, amountMinor: 777 }),
  });
  const { headers, body } = signEvent(`msg_${id}`, { type: 'pricing.price.changed', object: { id, version: 1 } });
  const taken = await fetch(`${first.url}/api/webhooks/upstream`, { method: 'POST', headers, body });
  assert.ok(taken.ok, `a webhook: ${taken.status}`);
  const end = performance.now() + MOST_WAIT;
  for (const host of [first, other]) {
    while ((await price(host)) !== 777) {
      assert.ok(performance.now() < end, `${host.url} shows what was purged`);
      await pause(50);
    }
  }
}
