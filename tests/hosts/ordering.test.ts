import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Running } from '#tests/support/host.ts';
import { LONG, OWN_HOSTS } from '#tests/support/long.ts';
import { sharedHost } from '#tests/support/shared-host.ts';
import { signIn, type Visit, type Visitor, visitor } from '#tests/support/visitor.ts';

const ADDRESS = { name: 'Ada Nowak', line1: 'Linienstr. 1', city: 'Berlin', postalCode: '10119', country: 'DE' };

for (const kind of OWN_HOSTS) {
  describe(`ordering on the ${kind} host`, () => {
    let host: Running;
    const at = (path: string) => host.url + path;
    const problem = (visit: Visit) => [visit.status, visit.json().code];
    const add = (who: Visitor, product: string, quantity = 1) =>
      who.send('POST', at('/api/cart/lines'), { json: { product, quantity } });
    const pieces = async (who: Visitor) => (await who.get(at('/api/cart'))).json().pieces;
    const newest = async (who: Visitor) => (await who.get(at('/api/orders?limit=50'))).json().items as { id: string }[];
    const order = (who: Visitor, json: object, key: string | undefined = randomUUID(), more = {}) =>
      who.send('POST', at('/api/orders'), { json, headers: { ...(key && { 'idempotency-key': key }), ...more } });

    /** Somebody of their own, signed in, with an address and something in the cart. */
    async function shopper(name: string): Promise<{ who: Visitor; address: string }> {
      const who = visitor();
      await signIn(who, host.url, `${name}${kind}`);
      const made = await who.send('POST', at('/api/addresses'), { json: ADDRESS });
      await add(who, 'p-000042', 2);
      await add(who, 'p-000007');
      return { who, address: String(made.json().id) };
    }

    beforeAll(async () => {
      host = await sharedHost(kind);
    });

    test('takes the full cart at our own amounts, empties it, and the order is there at once', async () => {
      const { who, address } = await shopper('orders');
      const { subtotal } = (await who.get(at('/api/cart'))).json() as { subtotal: { minor: number } };
      const placed = await order(who, { address, service: 'express' });
      expect(placed.status).toBe(201);
      const view = placed.json() as { id: string; shipping: { minor: number }; total: { minor: number } };
      expect(view).toMatchObject({ state: 'placed', pieces: 3, to: ADDRESS });
      expect(view.total).toEqual({ minor: subtotal.minor + view.shipping.minor, currency: 'EUR' });
      expect(await pieces(who)).toBe(0);
      expect((await newest(who))[0]?.id).toBe(view.id);
      const read = await who.get(at(placed.headers.get('location') ?? ''));
      expect(read.json()).toMatchObject(view);
    });

    test('needs its key, and refuses what can’t be ordered, with nothing lost from the cart', async () => {
      const { who, address } = await shopper('refused');
      expect(problem(await order(who, { address, service: 'express' }, ''))).toEqual([400, 'idempotency-key-missing']);
      const nowhere = await order(who, { address: 'a-999999', service: 'express' });
      expect([problem(nowhere), nowhere.json().errors]).toMatchObject([[422, 'invalid-body'], [{ path: 'address' }]]);
      const service = await order(who, { address, service: 'drone' });
      expect([problem(service), service.json().detail]).toEqual([
        [422, 'no-such-service'],
        'There is economy, standard, express.',
      ]);
      const total = { minor: 1, currency: 'EUR' };
      expect(problem(await order(who, { address, service: 'express', total }))).toEqual([409, 'total-changed']);
      expect(problem(await order(who, { address, service: 'express', price: 1 }))).toEqual([422, 'invalid-body']);
      expect(await pieces(who)).toBe(3);
      expect((await order(visitor(), { address, service: 'express' })).status).toBe(401);
    });

    test('an empty cart is no order; nor is one whose prices can’t be had', async () => {
      const { who, address } = await shopper('empty');
      const down = await order(who, { address, service: 'express' }, undefined, { 'x-scenario': 'pricing=down' });
      expect(down.status).toBe(502);
      expect((await order(who, { address, service: 'express' })).status).toBe(201);
      expect(problem(await order(who, { address, service: 'express' }))).toEqual([409, 'cart-empty']);
    });

    test('twenty at once under one key are one order, which each gets', async () => {
      const { who, address } = await shopper('racers');
      const key = randomUUID();
      const before = (await newest(who)).length;
      const until = async (): Promise<Visit> => {
        for (let tries = 0; tries < 500; tries++) {
          const answer = await order(who, { address, service: 'standard' }, key);
          if (answer.status !== 409) return answer;
          expect(problem(answer)).toEqual([409, 'request-in-progress']);
        }
        throw new Error('in progress for ever');
      };
      const racers = await Promise.all(Array.from({ length: 20 }, until));
      expect(new Set(racers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      expect(racers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
      expect((await newest(who)).length).toBe(before + 1);
      expect(problem(await order(who, { address, service: 'economy' }, key))).toEqual([422, 'idempotency-key-reused']);
    });

    test('leaves in the cart what was put into it meanwhile', async () => {
      const { who, address } = await shopper('meanwhile');
      const key = randomUUID();
      const lost = await order(who, { address, service: 'standard' }, key, { 'x-scenario': 'orders=drifted' });
      expect(problem(lost)).toEqual([502, 'outcome-unknown']);
      await add(who, 'p-000042', 5);
      await add(who, 'p-000100', 1);
      expect((await order(who, { address, service: 'standard' }, key)).json().pieces).toBe(3);
      expect(await pieces(who)).toBe(6);
    });

    // One that hangs takes its whole time.
    test.each<[string, number]>(LONG ? [['hang', 504]] : [['drifted', 502]])(
      'an order whose answer is lost (%s) is reported as unknown, and is one order when it is sent again',
      async (word, status) => {
        const { who, address } = await shopper(word);
        const before = (await newest(who)).length;
        const key = randomUUID();
        const lost = await order(who, { address, service: 'standard' }, key, { 'x-scenario': `orders=${word}` });
        expect(problem(lost)).toEqual([status, 'outcome-unknown']);
        const again = await order(who, { address, service: 'standard' }, key);
        expect([again.status, again.json().pieces]).toEqual([201, 3]);
        expect(await newest(who)).toHaveLength(before + 1);
        expect(await pieces(who)).toBe(0);
      },
    );
  });
}
