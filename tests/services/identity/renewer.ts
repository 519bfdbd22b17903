import { once } from 'node:events';
import { findSession, type Sessions } from '#kernel/identity/session.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { accessTokenOf, type Grants, invalidGrant } from '#services/identity/refresh.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';

// One of several processes on one state: asks for a session's token, so many times at once, when it is told to.
// With `late` it stops between its look at the session and its claim of the lease, until it is told to go on.
const [, , file = '', key = '', id = '', issuer = '', times = '1', late] = process.argv;
const store = openSqliteState(file);
const told = once(process.stdin, 'data');
const say = (text: string) => process.stdout.write(`${text}\n`);

const state: typeof store = late
  ? {
      ...store,
      commit: async (...given) => {
        say('looked');
        await told;
        return store.commit(...given);
      },
    }
  : store;
const sessions: Sessions = { state, seal: createSeal([Buffer.from(key, 'hex')]), now: Date.now };
const grants: Grants = {
  timeout: 6_000,
  async renew(refreshToken) {
    const answer = await fetch(issuer, { method: 'POST', body: refreshToken });
    if (answer.status === 400) throw invalidGrant(await answer.text());
    return (await answer.json()) as Awaited<ReturnType<Grants['renew']>>;
  },
  revoke: () => Promise.reject(new Error('nobody has ended it')),
};

const found = await findSession(sessions, id);
if (found === undefined) throw new Error('there is no such session');
if (!late) {
  say('ready');
  await told;
}
const ask = () => accessTokenOf(sessions, found, grants).catch((thrown: Error) => thrown.message);
say(JSON.stringify(await Promise.all(Array.from({ length: Number(times) }, ask))));
await store.close();
process.stdin.destroy();
