import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { type PostgresServer, startPostgres } from '#tests/support/postgres.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { signEvent } from '#tests/support/upstream-event.ts';
import { signIn, type Visitor, visitor } from '#tests/support/visitor.ts';

const LOGINS = 6;

describe.skipIf(isSkipped('initdb'))(`two hosts of two machines, over one Postgres${skipNote('initdb')}`, () => {
  let server: PostgresServer;
  let mocks: MockServer;
  let one: Running;
  let two: Running;
  beforeAll(async () => {
    server = await startPostgres();
    mocks = await startMockServer(0, { latency: 'none' });
    const shared = {
      ...over(mocks),
      STATE_URL: await server.database(),
      STATE_KEYS: randomBytes(32).toString('base64url'),
      RATE_LIMIT_LOGINS: `${LOGINS}/1h`,
      INSTANCES: '2',
    };
    // Each with a folder of its own, which nothing of this may be in.
    [one, two] = await Promise.all([runHost('lean', shared), runHost('lean', shared)]);
  });
  afterAll(async () => {
    await Promise.all([one, two].map((host) => host && stop(host)));
    await mocks?.close();
    await server?.dispose();
  });

  /** As a balancer would send the same browser to the other host. */
  const at = (who: Visitor, host: Running): Visitor => {
    const there = who.cookies(new URL(host.url).host);
    for (const from of [one, two])
      for (const [name, value] of who.cookies(new URL(from.url).host)) there.set(name, value);
    return who;
  };

  test('know each other’s sessions, and each other’s sign-outs', async () => {
    const ada = visitor();
    await signIn(ada, one.url, 'ada');
    const session = async (host: Running) => (await at(ada, host).get(`${host.url}/api/auth/session`)).json();
    expect(await session(two)).toMatchObject({ signedIn: true, name: 'Ada Nowak' });
    const out = await ada.send('POST', `${two.url}/api/auth/logout`);
    expect(out.status).toBeLessThan(400);
    expect((await ada.get(`${one.url}/api/auth/session`)).json()).toMatchObject({ signedIn: false });
  });

  test('know each other’s guests, and what they have put into their carts', async () => {
    const guest = visitor();
    const added = await guest.send('POST', `${one.url}/api/cart/lines`, { json: { product: 'p-000042', quantity: 2 } });
    expect(added.status).toBe(201);
    expect((await at(guest, two).get(`${two.url}/api/cart`)).json()).toMatchObject({ pieces: 2 });
  });

  test('take a delivery once between them, and make what it has changed old in both', async () => {
    const id = 'p-000321';
    const price = async ({ url }: Running) => {
      const answer = await fetch(`${url}/api/products/${id}`);
      const view = (await answer.json()) as { price: { now: { minor: number } } };
      return { minor: view.price.now.minor, cache: answer.headers.get('cache-status') };
    };
    // What earlier tests have changed may be purged in between.
    for (const host of [one, two])
      await expect.poll(async () => (await price(host)).cache, { message: host.url }).toContain('hit');
    await fetch(`http://127.0.0.1:${mocks.port}/__control/prices`, {
      method: 'POST',
      body: JSON.stringify({ id, amountMinor: 777 }),
    });
    const { headers, body } = signEvent('msg_shared', { type: 'pricing.price.changed', object: { id, version: 1 } });
    const received: unknown[] = [];
    for (const { url } of [one, two, two]) {
      const answer = await fetch(`${url}/api/webhooks/upstream`, { method: 'POST', headers, body });
      received.push(((await answer.json()) as { received: string }).received);
    }
    expect(received).toEqual(['now', 'before', 'before']);
    for (const host of [one, two])
      await expect.poll(async () => (await price(host)).minor, { message: host.url }).toBe(777);
  });

  test('count together', async () => {
    const login = async ({ url }: Running) => {
      const answer = await fetch(`${url}/api/auth/login`, { redirect: 'manual' });
      await answer.text();
      return answer.status;
    };
    const statuses: number[] = [];
    for (let index = 0; index < 2 * LOGINS; index++) statuses.push(await login(index % 2 === 0 ? one : two));
    // One more has signed in before, as this address too.
    expect(statuses.filter((status) => status === 303)).toHaveLength(LOGINS - 1);
    expect(statuses.filter((status) => status === 429)).toHaveLength(LOGINS + 1);
  });
});
