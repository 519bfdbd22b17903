import assert from 'node:assert/strict';
import { startMockServer } from '#mocks/server.ts';
import { appToken } from '#tests/support/app-login.ts';
import { copyOfTree } from '#tests/support/copy-of-tree.ts';
import type { Drill } from '#tests/support/drill.ts';
import { over, runHost, stop } from '#tests/support/host.ts';
import { signIn, visitor } from '#tests/support/visitor.ts';

const AT_ONCE = 40;
const SIZES = {
  short: { users: 15, lean: 400, next: 150, broken: 400 },
  full: { users: 50, lean: 100_000, next: 5_000, broken: 2_000 },
};
/** Every user's name is a canary: it stands in all that is theirs. */
export const CANARY = /user\d+x/gi;
/** One in so many asks as nobody. */
const NOBODY = 11;
const PUBLIC = ['/api/mobile/home', '/api/products/p-000042', '/api/home'];

/** The principal and its credential cut out of the key of a call: what must be seen by this drill. */
export const KEY_WITHOUT_PRINCIPAL = {
  file: 'kernel/flow/call-key.ts',
  from: 'fingerprint(schema), scope, user]',
  to: 'fingerprint(schema)]',
};

interface User {
  readonly name: string;
  readonly headers: Record<string, string>;
  readonly paths: readonly string[];
}

export interface Seen {
  own: number;
  foreign: number;
  unprotected: number;
  failed: number;
}

/** Somebody by the app, or each fifth by a browser, with an address, something in the cart, and a guest's past. */
async function userOf(host: string, mocksPort: number, index: number): Promise<User> {
  const name = `user${index}x`;
  const browser = visitor();
  const byBrowser = index % 5 === 0;
  if (byBrowser) await signIn(browser, host, name);
  const headers: Record<string, string> = byBrowser
    ? { cookie: `sid=${browser.cookies(new URL(host).host).get('sid')}` }
    : { authorization: `Bearer ${await appToken(mocksPort, name)}` };
  const send = (path: string, body: object) =>
    fetch(host + path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'x-csrf': '1', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify(body),
    });
  const made = await send('/api/addresses', { name, line1: name, city: 'C', postalCode: '10119', country: 'DE' });
  await send('/api/cart/lines', { product: 'p-000042', quantity: 1 });
  const address = made.headers.get('location') ?? '';
  const paths = [
    '/api/account',
    '/api/addresses',
    address,
    '/api/orders',
    '/api/mobile/home',
    '/api/cart',
    '/api/auth/session',
  ];
  return { name, headers, paths };
}

async function ask(host: string, user: User | undefined, path: string, seen: Seen): Promise<void> {
  const answer = await fetch(host + path, { headers: user?.headers ?? {} });
  const names = new Set((await answer.text()).match(CANARY)?.map((name) => name.toLowerCase()) ?? []);
  if (answer.status !== 200) seen.failed++;
  if (user && names.delete(user.name)) {
    seen.own++;
    if (!/private|no-store/.test(answer.headers.get('cache-control') ?? '')) seen.unprotected++;
  }
  seen.foreign += names.size;
}

/** Where is asked: by the addresses of its instances, and for logins by the one that browsers know. */
export interface Asked {
  readonly url: string;
  readonly instances: readonly { readonly url: string }[];
  readonly mocksPort: number;
}

/** So many users ask for what is theirs, all at once, each in turn at another instance. */
export async function askAll(
  { url, instances, mocksPort }: Asked,
  among: number,
  count: number,
  tell: (progress: string) => void,
): Promise<Seen> {
  const users: User[] = [];
  for (let index = 0; index < among; index++) users.push(await userOf(url, mocksPort, index));
  const seen: Seen = { own: 0, foreign: 0, unprotected: 0, failed: 0 };
  let asked = 0;
  const worker = async (seed: number): Promise<void> => {
    // Steps of 7 lead everybody through every user and path; many at once ask for the same thing as different people.
    for (let turn = seed; asked < count; turn += 7) {
      asked++;
      if (asked % 10_000 === 0) tell(`${asked} of ${count} answers, ${seen.foreign} foreign`);
      const user = turn % NOBODY === 0 ? undefined : (users[turn % among] as User);
      const paths = user?.paths ?? PUBLIC;
      const host = instances[asked % instances.length]?.url ?? url;
      await ask(host, user, paths[Math.floor(turn / among) % paths.length] as string, seen);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, seed) => worker(seed)));
  return seen;
}

/** A cold host beside others on the same cores misses a deadline now and then; that is another drill's. */
const MOST_FAILED = 0.02;

/** So many users ask for what is theirs, all at once, on a host of this tree or of another one. */
async function manyUsers(
  kind: 'lean' | 'next',
  users: number,
  count: number,
  tell: (progress: string) => void,
  cwd?: string,
): Promise<Seen> {
  const mocks = await startMockServer(0, { latency: 'none' });
  const host = await runHost(kind, over(mocks), cwd === undefined ? {} : { cwd });
  try {
    return await askAll({ url: host.url, instances: [host], mocksPort: mocks.port }, users, count, tell);
  } finally {
    await stop(host);
    await mocks.close();
  }
}

export const drill: Drill = {
  name: 'identity: fifty users at once',
  proves:
    'no answer, flight, batch or kept value of one reaches another; with the principal cut out of the key it is seen',
  async run(size, tell) {
    const figures: string[] = [];
    for (const kind of ['lean', 'next'] as const) {
      const count = SIZES[size][kind];
      const seen = await manyUsers(kind, SIZES[size].users, count, (progress) => tell(`${kind}: ${progress}`));
      assert.deepEqual([seen.foreign, seen.unprotected], [0, 0], kind);
      if (size === 'full')
        assert.ok(seen.failed <= count * MOST_FAILED, `${kind}: ${seen.failed} of ${count} came to nothing`);
      assert.ok(seen.own > count / 4, `${kind}: only ${seen.own} answers held a canary`);
      figures.push(`${kind} 0 foreign of ${count}, ${seen.own} with their own canary`);
    }
    const tree = copyOfTree([KEY_WITHOUT_PRINCIPAL]);
    try {
      const { foreign } = await manyUsers('lean', SIZES[size].users, SIZES[size].broken, tell, tree.path);
      assert.ok(foreign > 0, 'the seeded defect was not seen');
      figures.push(`the seeded defect ${foreign} foreign of ${SIZES[size].broken}`);
    } finally {
      tree.remove();
    }
    return figures.join('; ');
  },
};
