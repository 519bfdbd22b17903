import { beforeAll, describe, expect, test } from 'vitest';
import type { MockServer } from '#mocks/server.ts';
import { appToken } from '#tests/support/app-login.ts';
import type { Running } from '#tests/support/host.ts';
import { HOST_KINDS } from '#tests/support/long.ts';
import { sharedHost, sharedMocks } from '#tests/support/shared-host.ts';
import { signIn, type Visit, type Visitor, visitor } from '#tests/support/visitor.ts';

interface Cart {
  readonly lines: { id: string; product: string; quantity: number; title?: string; total?: { minor: number } }[];
  readonly pieces: number;
  readonly subtotal?: { minor: number; currency: string };
}

let mocks: MockServer;
beforeAll(async () => {
  mocks = await sharedMocks();
});

for (const kind of HOST_KINDS) {
  describe(`the cart on the ${kind} host`, () => {
    let host: Running;
    const at = (path: string) => host.url + path;
    const hostOf = () => new URL(host.url).host;
    const sid = (who: Visitor) => who.cookies(hostOf()).get('sid');
    const cartOf = async (who: Visitor) => (await who.get(at('/api/cart'))).json() as unknown as Cart;
    const contents = ({ lines }: Cart) => lines.map(({ product, quantity }) => [product, quantity]);
    const add = (who: Visitor, product: string, quantity = 1, headers = {}) =>
      who.send('POST', at('/api/cart/lines'), { json: { product, quantity }, headers });
    const problem = (visit: Visit) => [visit.status, visit.json().code];
    // Both hosts put things aside in the same upstream.
    const customer = (name: string) => `${name}${kind}`;

    beforeAll(async () => {
      host = await sharedHost(kind);
    });

    test('is empty for a new visitor, and no one is remembered for looking', async () => {
      const guest = visitor();
      const empty = await guest.get(at('/api/cart'));
      expect([empty.status, empty.json(), empty.headers.getSetCookie()]).toEqual([
        200,
        { lines: [], pieces: 0, meta: { complete: true, sections: {} } },
        [],
      ]);
      expect(empty.headers.get('cache-control')).toMatch(/private|no-store/);
      expect(problem(await guest.get(at('/api/cart/lines/l-1')))).toEqual([404, 'not-found']);
      expect(problem(await guest.send('DELETE', at('/api/cart/lines/l-1')))).toEqual([404, 'not-found']);
    });

    test('is opened by a guest’s first line, then grows, changes and shrinks', async () => {
      const guest = visitor();
      const made = await add(guest, 'p-000042', 2);
      expect(made.status).toBe(201);
      expect(made.headers.getSetCookie()).toHaveLength(1);
      expect(made.headers.getSetCookie()[0]).toMatch(
        /^sid=g\.[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/,
      );
      const cart = made.json() as unknown as Cart;
      expect(cart.lines[0]).toMatchObject({ product: 'p-000042', quantity: 2, title: expect.any(String) });
      expect(cart.subtotal?.minor).toBe(cart.lines[0]?.total?.minor);
      const line = at(made.headers.get('location') ?? '');
      expect((await guest.get(line)).json()).toEqual(cart.lines[0]);

      const grown = await add(guest, 'p-000042');
      expect([contents(grown.json() as unknown as Cart), grown.headers.getSetCookie()]).toEqual([
        [['p-000042', 3]],
        [],
      ]);
      const changed = await guest.send('PATCH', line, {
        json: { quantity: 7 },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      expect([changed.status, changed.json().pieces]).toEqual([200, 7]);
      await add(guest, 'p-000007');
      expect((await guest.send('DELETE', line)).status).toBe(204);
      expect(contents(await cartOf(guest))).toEqual([['p-000007', 1]]);
    });

    test('shows what it can where prices can’t be had, and says so', async () => {
      const guest = visitor();
      await add(guest, 'p-000042');
      const cart = await guest.get(at('/api/cart'), { 'x-scenario': 'pricing=down' });
      expect([cart.status, cart.headers.get('section-status')]).toEqual([
        200,
        'cart.prices=missing;reason=unavailable',
      ]);
      expect(cart.json()).not.toHaveProperty('subtotal');
      expect(cart.json()).toMatchObject({ lines: [{ product: 'p-000042', title: expect.any(String) }] });
    });

    test('takes nothing that is not sold, nor too much, and a refused guest is not remembered', async () => {
      const guest = visitor();
      const unknown = await add(guest, 'p-999999');
      expect([problem(unknown), unknown.headers.getSetCookie()]).toEqual([[422, 'line-refused'], []]);
      expect(problem(await add(guest, 'p-000042', 100))).toEqual([422, 'invalid-body']);
      await add(guest, 'p-000042', 99);
      expect(problem(await add(guest, 'p-000042', 1))).toEqual([422, 'line-refused']);
      expect(contents(await cartOf(guest))).toEqual([['p-000042', 99]]);
    });

    test('is its guest’s alone, and opens nothing else', async () => {
      const [one, other] = [visitor(), visitor()];
      await add(one, 'p-000001');
      await add(other, 'p-000002');
      expect([contents(await cartOf(one)), contents(await cartOf(other))]).toEqual([
        [['p-000001', 1]],
        [['p-000002', 1]],
      ]);
      const [line] = (await cartOf(one)).lines;
      expect(problem(await other.get(at(`/api/cart/lines/${line?.id}`)))).toEqual([404, 'not-found']);
      expect((await one.get(at('/api/account'))).status).toBe(401);
      expect((await one.get(at('/api/auth/session'))).json()).toMatchObject({ signedIn: false, by: 'nobody' });
      // The cookie of a guest stays where it means nothing.
      expect(sid(one)).toMatch(/^g\./);
    });

    test('is not opened by another site', async () => {
      const forged = await add(visitor(), 'p-000001', 1, {
        'sec-fetch-site': 'cross-site',
        origin: 'https://evil.test',
      });
      expect([problem(forged), forged.headers.getSetCookie()]).toEqual([[403, 'forbidden'], []]);
    });

    test('of a guest whom we never made is no one’s: the planted id is not taken up', async () => {
      const guest = visitor();
      const planted = `g.${'A'.repeat(43)}`;
      guest.cookies(hostOf()).set('sid', planted);
      const seen = await guest.get(at('/api/cart'));
      // Taken away only where somebody asks for it: late, this answer would take a new one away.
      expect([seen.json().pieces, seen.headers.getSetCookie()]).toEqual([0, []]);
      const asked = await guest.get(at('/api/auth/session'));
      expect(asked.headers.getSetCookie()).toEqual([expect.stringMatching(/^sid=; .*Max-Age=0/)]);
      guest.cookies(hostOf()).set('sid', planted);
      await add(guest, 'p-000001');
      expect(sid(guest)).not.toBe(planted);
    });

    test('goes with its guest through the login: merged, under a new id, and the guest is no more', async () => {
      const who = visitor();
      const name = customer('merging');
      const before = { authorization: `Bearer ${await appToken(mocks.port, name)}` };
      await fetch(at('/api/cart/lines'), {
        method: 'POST',
        headers: { ...before, 'content-type': 'application/json' },
        body: JSON.stringify({ product: 'p-000001', quantity: 1 }),
      });
      await add(who, 'p-000001', 2);
      await add(who, 'p-000002', 1);
      const guest = sid(who) ?? '';
      await signIn(who, host.url, name);
      expect(sid(who)).not.toMatch(/^g\./);
      // The app sees it before the browser has looked.
      expect((await visitor().get(at('/api/cart'), before)).json().pieces).toBe(4);
      expect(contents(await cartOf(who))).toEqual([
        ['p-000001', 3],
        ['p-000002', 1],
      ]);
      const thief = visitor();
      thief.cookies(hostOf()).set('sid', guest);
      expect((await cartOf(thief)).pieces).toBe(0);
    });

    test('is taken over later where its service was away at the login', async () => {
      const who = visitor();
      await add(who, 'p-000003', 3);
      who.cookies(hostOf()).set('scenario', 'cart=down');
      await signIn(who, host.url, customer('late'));
      expect((await who.get(at('/api/auth/session'))).json()).toMatchObject({ signedIn: true });
      expect((await who.get(at('/api/cart'))).status).toBe(502);
      who.cookies(hostOf()).delete('scenario');
      expect(contents(await cartOf(who))).toEqual([['p-000003', 3]]);
      await add(who, 'p-000004', 1);
      expect((await cartOf(who)).pieces).toBe(4);
    });

    test('is left by a guest who logs out', async () => {
      const guest = visitor();
      await add(guest, 'p-000001');
      const id = sid(guest) ?? '';
      expect((await guest.send('POST', at('/api/auth/logout'))).status).toBe(200);
      expect(sid(guest)).toBeUndefined();
      guest.cookies(hostOf()).set('sid', id);
      expect((await cartOf(guest)).pieces).toBe(0);
    });
  });
}
