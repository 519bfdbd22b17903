import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { appToken } from '#tests/support/app-login.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { signIn, visitor } from '#tests/support/visitor.ts';

const USERS = 50;
const AT_ONCE = 40;
const CANARY = /user\d+/gi;

let mocks: MockServer;
beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

/** Somebody whose name stands in everything that is theirs, by the app or by a browser. */
interface User {
  readonly name: string;
  readonly headers: Record<string, string>;
  readonly address: string;
}

async function userOf(host: string, index: number): Promise<User> {
  const name = `user${index}`;
  const browser = visitor();
  const byBrowser = index % 5 === 0;
  if (byBrowser) await signIn(browser, host, name);
  const headers: Record<string, string> = byBrowser
    ? { cookie: `sid=${browser.cookies(new URL(host).host).get('sid')}` }
    : { authorization: `Bearer ${await appToken(mocks.port, name)}` };
  const made = await fetch(`${host}/api/addresses`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'x-csrf': '1', 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ name, line1: 'L 1', city: 'C', postalCode: '10119', country: 'DE' }),
  });
  return { name, headers, address: made.headers.get('location') ?? '' };
}

for (const [kind, requests] of [
  ['lean', 4_000],
  ['next', 600],
] as const) {
  describe(`fifty users at once on the ${kind} host`, () => {
    let host: Running;
    let users: User[];

    beforeAll(async () => {
      host = await runHost(kind, over(mocks));
      users = [];
      for (let index = 0; index < USERS; index++) users.push(await userOf(host.url, index));
    });
    afterAll(() => stop(host));

    test(`see nothing of one another in ${requests} answers, nor does anybody who is nobody`, async () => {
      const seen = { own: 0, foreign: 0, failed: 0 };
      let left = requests;
      const worker = async (seed: number): Promise<void> => {
        for (let turn = seed; left-- > 0; turn += 7) {
          const user = users[turn % USERS] as User;
          const nobody = turn % 11 === 0;
          const paths = ['/api/account', '/api/addresses', user.address, '/api/orders', '/api/mobile/home'];
          const path = nobody ? '/api/mobile/home' : (paths[turn % paths.length] as string);
          const answer = await fetch(host.url + path, { headers: nobody ? {} : user.headers });
          const names = new Set((await answer.text()).match(CANARY)?.map((name) => name.toLowerCase()) ?? []);
          if (answer.status !== 200) seen.failed++;
          if (!nobody && names.delete(user.name)) seen.own++;
          seen.foreign += names.size;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, (_, seed) => worker(seed)));
      expect(seen).toMatchObject({ foreign: 0, failed: 0 });
      expect(seen.own).toBeGreaterThan(requests / 4);
    });
  });
}
