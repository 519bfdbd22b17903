import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';
import { freePort, over, type Running, runHost, stop } from '#tests/support/host.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { signIn, type Visit, type Visitor, visitor } from '#tests/support/visitor.ts';

const ADDRESS = { name: 'Ada Nowak', line1: 'Linienstr. 1', city: 'Berlin', postalCode: '10119', country: 'DE' };
interface Payment {
  readonly id: string;
  readonly page: string;
  readonly clientSecret: string;
}

for (const kind of ['lean', 'next'] as const) {
  describe(`paying on the ${kind} host`, () => {
    const who = visitor();
    let mocks: MockServer;
    let host: Running;
    const at = (path: string) => host.url + path;
    const problem = (visit: Visit) => [visit.status, visit.json().code];
    const keyed = (key: string = randomUUID(), more = {}) => ({ 'idempotency-key': key, ...more });

    beforeAll(async () => {
      const port = await freePort();
      const secrets = { secret: DEVELOPMENT_SECRET, stripeSecret: DEVELOPMENT_SECRET };
      mocks = await startMockServer(0, { latency: 'none', receiver: { url: `http://127.0.0.1:${port}`, ...secrets } });
      host = await runHost(kind, over(mocks), { port });
      await signIn(who, host.url, `payer${kind}`);
    });
    afterAll(async () => {
      await stop(host);
      await mocks.close();
    });

    async function placed(): Promise<{ id: string; total: { minor: number; currency: string } }> {
      const address = (await who.send('POST', at('/api/addresses'), { json: ADDRESS })).json().id;
      await who.send('POST', at('/api/cart/lines'), { json: { product: 'p-000042', quantity: 1 } });
      const order = await who.send('POST', at('/api/orders'), {
        json: { address, service: 'economy' },
        headers: keyed(),
      });
      return order.json() as unknown as Awaited<ReturnType<typeof placed>>;
    }
    const begin = (order: string, headers: Record<string, string> = keyed(), one: Visitor = who) =>
      one.send('POST', at('/api/checkout/payment-intents'), { json: { order }, headers });
    /** What the customer does on the page of the payment service. */
    const pay = ({ page }: Payment, card: string) =>
      fetch(`${page.replace('?', `/with/${card}?`)}&return=${encodeURIComponent(at('/orders'))}`, {
        redirect: 'manual',
      });
    const order = async (id: string) => (await who.get(at(`/api/orders/${id}`))).json();

    test('is for the sum that we have computed, once for a key', async () => {
      const { id, total } = await placed();
      const key = randomUUID();
      const begun = await begin(id, keyed(key));
      expect([begun.status, begun.json()]).toMatchObject([
        201,
        {
          order: id,
          amount: total,
          status: 'requires_payment_method',
          page: expect.stringContaining('/payments/pay/pi_'),
        },
      ]);
      expect((await begin(id, keyed(key))).json()).toEqual(begun.json());
      expect(problem(await begin(id, {}))).toEqual([400, 'idempotency-key-missing']);
      const forged = { order: id, amount: { minor: 1, currency: 'EUR' } };
      const cheaper = await who.send('POST', at('/api/checkout/payment-intents'), { json: forged, headers: keyed() });
      expect(problem(cheaper)).toEqual([422, 'invalid-body']);
      expect(begun.text + host.output()).not.toContain('sk_');
    });

    test('that fails leaves the order to be paid, and that succeeds makes it paid, by what the services say', async () => {
      const { id } = await placed();
      const payment = (await begin(id)).json() as unknown as Payment;
      expect((await order(id)).payment).toBe('none');
      expect((await pay(payment, 'pm_card_chargeDeclined')).headers.get('location')).toBe(at('/orders'));
      await vi.waitFor(async () => expect(await order(id)).toMatchObject({ state: 'placed', payment: 'failed' }), {
        timeout: PATIENCE,
      });
      await pay(payment, 'pm_card_visa');
      await vi.waitFor(async () => expect(await order(id)).toMatchObject({ state: 'paid', payment: 'paid' }), {
        timeout: PATIENCE,
      });
      expect(problem(await begin(id))).toEqual([409, 'not-payable']);
    });

    test('is begun once for an order, under whatever keys; one key of two customers is two payments', async () => {
      const { id } = await placed();
      const first = (await begin(id, keyed('one'))).json();
      expect((await begin(id, keyed('another'))).json()).toEqual(first);
      const other = visitor();
      await signIn(other, host.url, `second${kind}`);
      const address = (await other.send('POST', at('/api/addresses'), { json: ADDRESS })).json().id;
      await other.send('POST', at('/api/cart/lines'), { json: { product: 'p-000007', quantity: 1 } });
      const order = await other.send('POST', at('/api/orders'), {
        json: { address, service: 'economy' },
        headers: keyed(),
      });
      const theirs = await begin(String(order.json().id), keyed('one'), other);
      expect([theirs.status, theirs.json().id === first.id, theirs.json().amount]).toEqual([
        201,
        false,
        order.json().total,
      ]);
    });

    test('is private, and of no order that is not there', async () => {
      const { id } = await placed();
      const other = visitor();
      await signIn(other, host.url, `other${kind}`);
      expect(problem(await begin(id, keyed(), other))).toEqual([422, 'invalid-body']);
      expect(problem(await begin('o-999999'))).toEqual([422, 'invalid-body']);
      expect((await begin(id, keyed(), visitor())).status).toBe(401);
    });

    test.each([
      ['down', 502, 'outcome-unknown'],
      ['drifted', 502, 'outcome-unknown'],
    ])(
      'with a payment service that is %s is reported as unknown, and begun once when it is sent again',
      async (word, status, code) => {
        const { id } = await placed();
        const key = randomUUID();
        expect(problem(await begin(id, keyed(key, { 'x-scenario': `payments=${word}` })))).toEqual([status, code]);
        expect((await begin(id, keyed(key))).status).toBe(201);
      },
    );
  });
}
