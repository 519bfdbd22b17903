import { beforeAll, describe, expect, test } from 'vitest';
import type { MockServer } from '#mocks/server.ts';
import { appToken } from '#tests/support/app-login.ts';
import type { Running } from '#tests/support/host.ts';
import { HOST_KINDS } from '#tests/support/long.ts';
import { sharedHost, sharedMocks } from '#tests/support/shared-host.ts';
import { signIn, type Visit, visitor } from '#tests/support/visitor.ts';

const DRAFT = { name: 'Ada Nowak', line1: 'Linienstr. 1', city: 'Berlin', postalCode: '10119', country: 'DE' };

let mocks: MockServer;
beforeAll(async () => {
  mocks = await sharedMocks();
});

for (const kind of HOST_KINDS) {
  describe(`the personal screens on the ${kind} host`, () => {
    let host: Running;
    const ada = visitor();
    const at = (path: string) => host.url + path;
    const bearer = async (subject: string) => ({ authorization: `Bearer ${await appToken(mocks.port, subject)}` });
    const problem = (visit: Visit) => [visit.status, visit.json().code];

    beforeAll(async () => {
      host = await sharedHost(kind);
      await signIn(ada, host.url, 'ada');
    });

    test.each(['/api/account', '/api/orders', '/api/orders/o-000001', '/api/addresses', '/api/addresses/a-000001'])(
      '%s is refused without a credential, and no cache’s with one',
      async (path) => {
        const nobody = await visitor().get(at(path));
        expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
        const mine = await ada.get(at(path));
        expect(mine.headers.get('cache-control')).toMatch(/private|no-store/);
        const refused = await visitor().get(at(path), { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' });
        expect(refused.status).toBe(401);
      },
    );

    test('the account is one request with the same answer for the web and for the app', async () => {
      const web = await ada.get(at('/api/account'));
      expect(web.status).toBe(200);
      expect(web.json()).toMatchObject({ name: 'Ada Nowak', meta: { complete: true, sections: {} } });
      expect(Object.keys(web.json())).toEqual(expect.arrayContaining(['address', 'orders', 'suggested', 'tier']));
      const app = await visitor().get(at('/api/account'), await bearer('ada'));
      expect(app.json()).toEqual(web.json());
    });

    test('the account without its orders is the account all the same', async () => {
      const { status, json } = await ada.get(at('/api/account'), { 'x-scenario': 'orders=down' });
      expect([status, json().meta]).toEqual([
        200,
        { complete: false, sections: { orders: { state: 'missing', reason: 'unavailable' } } },
      ]);
    });

    test('the app’s first screen knows its customer: cart, latest order; and without one it knows neither', async () => {
      const app = await bearer('bo');
      const add = () =>
        fetch(at('/api/cart/lines'), {
          method: 'POST',
          headers: { ...app, 'content-type': 'application/json' },
          body: JSON.stringify({ product: 'p-000042', quantity: 2 }),
        });
      const pieces = (await visitor().get(at('/api/cart'), app)).json().pieces as number;
      expect((await add()).status).toBe(201);
      const home = await visitor().get(at('/api/mobile/home'), app);
      const [latest] = (await visitor().get(at('/api/orders?limit=1'), app)).json().items as object[];
      expect(home.json()).toMatchObject({ cart: { pieces: pieces + 2 }, meta: { complete: true } });
      expect(home.json().latestOrder).toEqual(latest);
      const older = await visitor().get(at('/api/v1/home'), app);
      expect(older.status, older.text).toBe(200);
      const old = older.json();
      const { id, total } = latest as { id: string; total: { minor: number; currency: string } };
      expect(old.last_order).toMatchObject({ order_id: id, total: (total.minor / 100).toFixed(2) });
      expect(old.cart_count).toBe(pieces + 2);
      expect(home.headers.get('cache-control')).toMatch(/private|no-store/);
      const nobody = (await visitor().get(at('/api/mobile/home'))).json();
      expect(['cart' in nobody, 'latestOrder' in nobody]).toEqual([false, false]);
      const without = await visitor().get(at('/api/mobile/home'), { ...app, 'x-scenario': 'cart=down,orders=down' });
      expect([without.status, without.headers.get('section-status')]).toEqual([
        200,
        'cart=missing;reason=unavailable, orders=missing;reason=unavailable',
      ]);
    });

    test('no client can close a service for the others: what could not be sent on is a 412', async () => {
      const mallory = { ...(await bearer('mallory')), 'content-type': 'application/json' };
      for (const version of ['%00', '1%0d%0ax-evil:%201', '%e2%82%ac', '1%22,%20%222'])
        for (let time = 0; time < 6; time++) {
          const sent = {
            method: 'PUT',
            body: JSON.stringify(DRAFT),
            headers: { ...mallory, 'if-match': `"${version}.g"` },
          };
          expect((await fetch(at('/api/addresses/a-500000'), sent)).status).toBe(412);
        }
      expect((await ada.get(at('/api/account'))).status).toBe(200);
    });

    test('what a client calls its request is nothing to our own credential upstream', async () => {
      const rates = at('/api/shipping/rates?country=DE&postalCode=10119&grams=800');
      expect((await ada.get(rates, { 'x-request-id': 'authorization' })).status).toBe(200);
    });

    test('answers of one are not taken for another’s in a browser that two share', async () => {
      for (const path of ['/api/account', '/api/addresses', '/api/orders'])
        expect((await ada.get(at(path))).headers.get('vary')).toMatch(/Authorization, Cookie/);
    });

    test('a cookie and a bearer at once are one credential too many', async () => {
      expect(problem(await ada.get(at('/api/account'), await bearer('ada')))).toEqual([400, 'two-credentials']);
    });

    test('orders are walked page by page, and each can be read', async () => {
      const seen: string[] = [];
      let cursor = '';
      for (let pages = 0; pages < 20; pages++) {
        const { items, next } = (await ada.get(at(`/api/orders?limit=2${cursor}`))).json() as {
          items: { id: string }[];
          next?: string;
        };
        seen.push(...items.map(({ id }) => id));
        if (next === undefined) break;
        cursor = `&cursor=${encodeURIComponent(next)}`;
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.length).toBeGreaterThan(0);
      for (const id of seen) {
        const order = await ada.get(at(`/api/orders/${id}`));
        expect(order.json()).toMatchObject({ id });
        // Somebody else’s order is no order.
        expect(problem(await visitor().get(at(`/api/orders/${id}`), await bearer('bo')))).toEqual([404, 'not-found']);
      }
    });

    test('an order that was sent says where its shipment has been, and does without where that is not known', async () => {
      const sent = (await ada.get(at('/api/orders/o-100005'))).json() as { tracking?: { events: unknown[] } };
      expect(sent.tracking?.events.length).toBeGreaterThan(0);
      const unknown = await ada.get(at('/api/orders/o-100005'), { 'x-scenario': 'shipping=down' });
      expect([unknown.status, unknown.headers.get('section-status')]).toEqual([
        200,
        'tracking=missing;reason=unavailable',
      ]);
    });

    test('shipments have prices, cheapest first, and the carrier’s key shows nowhere', async () => {
      const rates = await ada.get(at('/api/shipping/rates?country=DE&postalCode=10119&grams=800'));
      const { items } = rates.json() as { items: { price: { minor: number } }[] };
      const prices = items.map(({ price }) => price.minor);
      expect(prices.length).toBeGreaterThan(1);
      expect(prices).toEqual([...prices].sort((a, b) => a - b));
      expect(rates.text + JSON.stringify([...rates.headers]) + host.output()).not.toContain('Key mock');
      const refused = await ada.get(at('/api/shipping/rates?country=de&grams=0'));
      expect(problem(refused)).toEqual([400, 'invalid-request']);
    });

    test('a review is seen by everybody at once, on the product as well, and written once however often it is sent', async () => {
      // Kept by now, both of them.
      const before = (await visitor().get(at('/api/products/p-000321/reviews'))).json() as { total: number };
      await visitor().get(at('/api/products/p-000321'));
      const review = { rating: 5, title: `By ${kind}`, text: 'It stays.' };
      const send = () =>
        ada.send('POST', at('/api/products/p-000321/reviews'), {
          json: review,
          headers: { 'idempotency-key': `review-by-${kind}` },
        });
      const made = await send();
      expect([made.status, made.json()]).toMatchObject([201, { ...review, author: 'Ada' }]);
      expect((await send()).json().id).toBe(made.json().id);
      const after = (await visitor().get(at('/api/products/p-000321/reviews'))).json() as {
        items: { title: string }[];
        total: number;
      };
      expect([after.total, after.items[0]?.title]).toEqual([before.total + 1, review.title]);
      const { rating } = (await visitor().get(at('/api/products/p-000321'))).json() as { rating: { count: number } };
      expect(rating.count).toBe(after.total);
      expect(problem(await visitor().send('POST', at('/api/products/p-000321/reviews'), { json: review }))[0]).toBe(
        401,
      );
      const bad = await ada.send('POST', at('/api/products/p-000321/reviews'), { json: { rating: 6, title: ' ' } });
      expect(problem(bad)).toEqual([422, 'invalid-body']);
    });

    describe('addresses', () => {
      const create = () => ada.send('POST', at('/api/addresses'), { json: DRAFT });

      test('are created, read, replaced, patched and removed, each as it was read', async () => {
        const made = await create();
        expect(made.status).toBe(201);
        const address = at(made.headers.get('location') ?? '');
        const etag = made.headers.get('etag') ?? '';
        expect(made.json()).toMatchObject({ ...DRAFT });

        const read = await ada.get(address);
        expect([read.status, read.headers.get('etag'), read.json()]).toEqual([200, etag, made.json()]);
        expect((await ada.get(address, { 'if-none-match': etag })).status).toBe(304);

        const put = { json: { ...DRAFT, city: 'Potsdam', line2: '2nd floor' }, headers: { 'if-match': etag } };
        const replaced = await ada.send('PUT', address, put);
        expect([replaced.status, replaced.json().city]).toEqual([200, 'Potsdam']);
        const second = replaced.headers.get('etag') ?? '';
        expect(second).not.toBe(etag);

        const patched = await ada.send('PATCH', address, {
          json: { line2: null, name: 'A. Nowak' },
          headers: { 'if-match': second, 'content-type': 'application/merge-patch+json' },
        });
        expect([patched.status, patched.json().name, 'line2' in patched.json()]).toEqual([200, 'A. Nowak', false]);

        const third = patched.headers.get('etag') ?? '';
        expect((await ada.send('DELETE', address, { headers: { 'if-match': third } })).status).toBe(204);
        expect(problem(await ada.get(address))).toEqual([404, 'not-found']);
      });

      test('are listed page by page', async () => {
        await create();
        const first = (await ada.get(at('/api/addresses?limit=1'))).json() as { items: unknown[]; next?: string };
        expect(first.items).toHaveLength(1);
        const second = (await ada.get(at(`/api/addresses?limit=1&cursor=${first.next}`))).json() as typeof first;
        expect(second.items).toHaveLength(1);
        expect(second.items).not.toEqual(first.items);
      });

      test('are never changed unseen, nor as they no longer are', async () => {
        const made = await create();
        const address = at(made.headers.get('location') ?? '');
        const etag = made.headers.get('etag') ?? '';
        for (const method of ['PUT', 'PATCH', 'DELETE']) {
          const json = method === 'DELETE' ? {} : { json: DRAFT };
          const headers: Record<string, string> =
            method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {};
          expect(problem(await ada.send(method, address, { ...json, headers }))).toEqual([
            428,
            'precondition-required',
          ]);
          for (const stale of ['"99.x"', 'W/"99.x"', '"nonsense"', `${etag}, "99.x"`]) {
            const tried = await ada.send(method, address, { ...json, headers: { ...headers, 'if-match': stale } });
            expect(problem(tried), `${method} ${stale}`).toEqual([412, 'precondition-failed']);
          }
        }
        expect((await ada.get(address)).headers.get('etag')).toBe(etag);
      });

      test('are changed under the ETag as a proxy has weakened it', async () => {
        const made = await create();
        const address = at(made.headers.get('location') ?? '');
        const weakened = async () => `W/${(await ada.get(address)).headers.get('etag')}`;
        const stale = await weakened();
        expect((await ada.send('PUT', address, { json: DRAFT, headers: { 'if-match': stale } })).status).toBe(200);
        const merge = { 'content-type': 'application/merge-patch+json', 'if-match': await weakened() };
        expect((await ada.send('PATCH', address, { json: { city: 'Bonn' }, headers: merge })).status).toBe(200);
        const late = await ada.send('DELETE', address, { headers: { 'if-match': stale } });
        expect(problem(late)).toEqual([412, 'precondition-failed']);
        expect((await ada.send('DELETE', address, { headers: { 'if-match': await weakened() } })).status).toBe(204);
      });

      test('lose no update: of twenty who change one at once, one does', async () => {
        const made = await create();
        const address = at(made.headers.get('location') ?? '');
        const headers = { 'if-match': made.headers.get('etag') ?? '' };
        const races = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            ada.send('PUT', address, { json: { ...DRAFT, city: `City ${index}` }, headers }),
          ),
        );
        const won = races.filter(({ status }) => status === 200);
        expect(won).toHaveLength(1);
        expect(races.filter(({ status }) => status === 412)).toHaveLength(19);
        expect((await ada.get(address)).json().city).toBe(won[0]?.json().city);
      });

      test('are private', async () => {
        const made = await create();
        const address = at(made.headers.get('location') ?? '');
        const bo = await bearer('bo');
        const headers = { ...bo, 'if-match': made.headers.get('etag') ?? '' };
        expect((await visitor().get(address, bo)).status).toBe(404);
        expect((await visitor().send('DELETE', address, { headers })).status).toBe(404);
        expect((await ada.get(address)).status).toBe(200);
      });

      test('that are not complete are refused with every bad field', async () => {
        const bad = { name: '', line1: 'x'.repeat(200), postalCode: '?', country: 'Germany', phone: '030', vip: true };
        const refused = await ada.send('POST', at('/api/addresses'), { json: bad });
        const { errors } = refused.json() as { errors: { path: string }[] };
        expect(problem(refused)).toEqual([422, 'invalid-body']);
        expect(errors.map(({ path }) => path).sort()).toEqual(
          ['city', 'country', 'line1', 'name', 'phone', 'postalCode', 'vip'].sort(),
        );
      });

      test('are written by the app without a proof that only browsers need, and by no other site', async () => {
        const app = await bearer('chen');
        const made = await fetch(at('/api/addresses'), {
          method: 'POST',
          headers: { ...app, 'content-type': 'application/json' },
          body: JSON.stringify(DRAFT),
        });
        expect(made.status).toBe(201);
        const forged = await ada.send('POST', at('/api/addresses'), {
          json: DRAFT,
          headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' },
        });
        expect(problem(forged)).toEqual([403, 'forbidden']);
      });
    });
  });
}
