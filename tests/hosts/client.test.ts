import { randomUUID } from 'node:crypto';
import { EventSource } from 'eventsource';
import createOther from 'openapi-fetch';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Api } from '#client/api.ts';
import { type ClientOptions, createClient } from '#client/client.ts';
import { appToken } from '#tests/support/app-login.ts';
import { freePort, type Running } from '#tests/support/host.ts';
import { OWN_HOSTS } from '#tests/support/long.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { sharedHost, sharedMocks } from '#tests/support/shared-host.ts';
import { signIn, visitor } from '#tests/support/visitor.ts';

const PRODUCT = { id: 'p-000042' } as const;
const ADDRESS = { name: 'Ada Nowak', line1: 'Linienstr. 1', city: 'Berlin', postalCode: '10119', country: 'DE' };

for (const kind of OWN_HOSTS) {
  describe(`the client on the ${kind} host`, () => {
    let host: Running;
    beforeAll(async () => {
      host = await sharedHost(kind);
    });

    const client = (options: ClientOptions = {}) => createClient<Api>({ base: host.url, ...options });
    /** A client in a browser in which somebody is signed in: what the browser adds stands here. */
    async function clientOf(subject: string, options: ClientOptions = {}) {
      const who = visitor();
      await signIn(who, host.url, subject);
      const cookies = [...who.cookies(new URL(host.url).host)].map(([name, value]) => `${name}=${value}`);
      const headers = { cookie: cookies.join('; '), origin: host.url, 'sec-fetch-site': 'same-origin' };
      const Source = class extends EventSource {
        constructor(url: string) {
          super(url, { fetch: (to, init) => fetch(to, { ...init, headers: { ...init.headers, ...headers } }) });
        }
      } as unknown as typeof globalThis.EventSource;
      return client({ headers: () => headers, EventSource: Source, ...options });
    }

    test('gives a view with how complete it is', async () => {
      const result = await client()('GET /api/products/{id}', PRODUCT);
      expect(result).toMatchObject({
        ok: true,
        status: 200,
        view: { id: PRODUCT.id, price: { now: { currency: 'EUR' } } },
        complete: true,
        sections: {},
        unchanged: false,
        etag: expect.stringMatching(/^"/),
      });
    });

    test('takes numbers and parts, and leaves out what is not said', async () => {
      const api = client();
      const found = await api('GET /api/products', { q: 'lamp', limit: 3, category: undefined });
      expect(found.ok && found.view.items).toHaveLength(3);
      const some = await api('GET /api/products/{id}', PRODUCT, { parts: ['stock'] });
      expect(some.ok && Object.keys(some.view)).toEqual(expect.arrayContaining(['stock']));
      expect(some.ok && Object.keys(some.view)).not.toContain('related');
    });

    test('is sent nothing twice: a 304 gives the view that it had, which no one has changed', async () => {
      const statuses: number[] = [];
      const api = client({
        fetch: async (...request) => {
          const response = await fetch(...request);
          statuses.push(response.status);
          return response;
        },
      });
      const first = await api('GET /api/products/{id}', PRODUCT);
      if (!first.ok) throw new Error('it was not answered');
      const title = first.view.title;
      Object.assign(first.view, { title: 'changed by its reader' });
      const second = await api('GET /api/products/{id}', PRODUCT);
      expect(second).toMatchObject({ ok: true, status: 200, unchanged: true, view: { title } });
      await api('GET /api/products/{id}', { ...PRODUCT, currency: 'USD' });
      api.forget();
      await api('GET /api/products/{id}', PRODUCT);
      expect(statuses).toEqual([200, 304, 200, 200]);
    });

    test('has the sections that are not as they should be', async () => {
      const result = await client()('GET /api/products/{id}', PRODUCT, { headers: { 'x-scenario': 'inventory=down' } });
      expect(result).toMatchObject({
        ok: true,
        complete: false,
        sections: { stock: { state: 'missing', reason: 'unavailable' } },
      });
    });

    test('gives problems as values', async () => {
      const api = client();
      expect(await api('GET /api/products/{id}', { id: 'p-999999' })).toMatchObject({
        ok: false,
        status: 404,
        problem: { code: 'not-found', requestId: expect.any(String) },
      });
      const bad = await api('GET /api/products/{id}', { id: 'a/../b' });
      expect(bad).toMatchObject({ status: 400, problem: { errors: [{ in: 'path', path: 'id' }] } });
      expect(await api('GET /api/account')).toMatchObject({ status: 401, problem: { code: 'unauthenticated' } });
    });

    test('gives a network that fails as a value, and an answer that is none', async () => {
      const nobody = createClient<Api>({ base: `http://127.0.0.1:${await freePort()}` });
      expect(await nobody('GET /api/home')).toMatchObject({ ok: false, status: 0, reason: 'offline' });
      const proxy = client({ fetch: async () => new Response('<h1>Bad gateway</h1>', { status: 502 }) });
      expect(await proxy('GET /api/home')).toMatchObject({ ok: false, status: 0, reason: 'unreadable' });
      const portal = client({
        fetch: async () => new Response('<h1>Hotel</h1>', { headers: { 'content-type': 'text/html' } }),
      });
      expect(await portal('GET /api/home')).toMatchObject({ ok: false, status: 0, reason: 'unreadable' });
    });

    test('lets go where its caller does', async () => {
      const caller = new AbortController();
      const headers = { 'x-scenario': 'catalog=hang' };
      const asked = client()('GET /api/products/{id}', PRODUCT, { headers, signal: caller.signal });
      setTimeout(() => caller.abort(), 50);
      expect(await asked).toMatchObject({ ok: false, status: 0, reason: 'aborted' });
      const hurried = await client()('GET /api/products/{id}', PRODUCT, { headers, deadline: 100 });
      // On a machine that is busy this process is the reason, and says so.
      const { status, problem } = hurried as unknown as { status: number; problem?: { code: string } };
      expect(['504 upstream-timeout', '503 overloaded']).toContain(`${status} ${problem?.code}`);
    });

    test('changes only what was seen', async () => {
      const api = await clientOf(`reader${kind}`);
      const made = await api('POST /api/addresses', {}, { body: ADDRESS });
      if (made.status !== 201 || made.etag === undefined) throw new Error('it was not made');
      expect(made.location).toBe(`/api/addresses/${made.view.id}`);
      const { id } = made.view;
      const changed = await api('PATCH /api/addresses/{id}', { id }, { body: { city: 'Oslo' }, match: made.etag });
      expect(changed).toMatchObject({ ok: true, status: 200, view: { city: 'Oslo' } });
      const late = await api('DELETE /api/addresses/{id}', { id }, { match: made.etag });
      expect(late).toMatchObject({ ok: false, status: 412, problem: { code: 'precondition-failed' } });
      const gone = await api('DELETE /api/addresses/{id}', { id }, { match: (changed.ok && changed.etag) || '' });
      expect([gone.status, gone.ok && gone.view]).toEqual([204, undefined]);
    });

    test('does a thing once, however often its answer is lost', async () => {
      let lost = 2;
      const keys: (string | null)[] = [];
      const api = await clientOf(`buyer${kind}`, {
        fetch: async (to, init) => {
          const response = await fetch(to, init);
          if (!String(to).endsWith('/api/orders') || init?.method !== 'POST') return response;
          keys.push(new Headers(init.headers).get('idempotency-key'));
          if (lost-- > 0) throw new TypeError('the line was cut');
          return response;
        },
      });
      const made = await api('POST /api/addresses', {}, { body: ADDRESS });
      await api('POST /api/cart/lines', {}, { body: { product: PRODUCT.id, quantity: 1 } });
      const address = made.status === 201 ? made.view.id : '';
      let placed = await api('POST /api/orders', {}, { body: { address, service: 'economy' } });
      for (let tries = 0; tries < 3 && !placed.ok; tries++) {
        expect(placed).toMatchObject({ status: 0, reason: 'offline' });
        placed = await placed.again();
      }
      expect(placed.status).toBe(201);
      const orders = await api('GET /api/orders');
      expect(orders.ok && orders.view.items.map(({ id }) => id)).toEqual([placed.ok && placed.view.id]);
      expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
      expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    });

    test('gives a file as a file', async () => {
      const api = await clientOf('ada');
      const begun = await api('POST /api/exports');
      const id = begun.status === 202 ? begun.view.id : '';
      await vi.waitFor(
        async () => {
          const now = await api('GET /api/exports/{id}', { id });
          expect(now.ok && now.view.stage).toBe('done');
        },
        { timeout: PATIENCE },
      );
      const file = await api('GET /api/exports/{id}/file', { id });
      expect(file.ok && (await file.view.text())).toMatch(/^order,placed at,/);
    });

    test('reports what changes over one stream, and at once to a late listener', async () => {
      const opened: string[] = [];
      const api = await clientOf(`watcher${kind}`);
      const counted = await clientOf(`counted${kind}`, {
        EventSource: class extends EventSource {
          constructor(url: string) {
            super(url);
            opened.push(url);
          }
        } as unknown as typeof globalThis.EventSource,
      });
      const seen: number[] = [];
      const problems: string[] = [];
      const stops = [
        counted.subscribe('GET /api/products/{id}', PRODUCT, (answer) => {
          if (answer.ok) seen.push(answer.view.rating?.count ?? -1);
        }),
        counted.subscribe('GET /api/products/{id}', { id: 'p-999999' }, (answer) => {
          if (!answer.ok) problems.push(answer.problem.code);
        }),
      ];
      await vi.waitFor(() => expect([seen.length > 0, problems.at(-1)]).toEqual([true, 'not-found']), {
        timeout: PATIENCE,
      });
      expect(opened).toHaveLength(1);
      const late: number[] = [];
      stops.push(
        counted.subscribe(
          'GET /api/products/{id}',
          PRODUCT,
          (answer) => answer.ok && late.push(answer.view.rating?.count ?? -1),
        ),
      );
      expect(late).toEqual([seen.at(-1)]);
      expect(counted.latest('GET /api/products/{id}', PRODUCT)?.id).toBe(PRODUCT.id);

      const before = seen.at(-1) ?? 0;
      const body = { rating: 5, title: 'It hums', text: 'And I hum along.' };
      expect((await api('POST /api/products/{id}/reviews', PRODUCT, { body })).status).toBe(201);
      // At least one more: this host may have kept the count from before a review that came through the other host.
      await vi.waitFor(() => expect(seen.at(-1)).toBeGreaterThan(before), { timeout: PATIENCE });
      expect(late.at(-1)).toBe(seen.at(-1));
      for (const stop of stops) stop();
      expect(counted.latest('GET /api/products/{id}', PRODUCT)).toBeUndefined();
      expect(opened).toHaveLength(1);
    });

    describe('and openapi-fetch, which knows nothing but the document,', () => {
      const asAda = async () => {
        const { port } = await sharedMocks();
        const token = await appToken(port, `ada${kind}`);
        return createOther({ baseUrl: host.url, headers: { authorization: `Bearer ${token}` } }) as unknown as Other;
      };

      test('reads with the parts that it chooses', async () => {
        const query = { parts: ['stock', 'rating'], currency: 'USD' };
        const { data, response } = await (await asAda()).GET('/api/products/{id}', {
          params: { path: PRODUCT, query },
        });
        expect([response.status, new URL(response.url).searchParams.getAll('parts')]).toEqual([200, query.parts]);
        // A host that is cold may have left one out: then it says so.
        const { sections } = (data?.meta ?? {}) as { sections?: object };
        expect(Object.keys({ ...data, ...sections })).toEqual(expect.arrayContaining(query.parts));
        expect(data).not.toHaveProperty('related');
      });

      test('changes what it has seen, as plain JSON', async () => {
        const api = await asAda();
        const made = await api.POST('/api/addresses', { body: ADDRESS });
        const path = { id: String(made.data?.id) };
        const match = { 'if-match': made.response.headers.get('etag') ?? '' };
        const patch = { params: { path, header: match }, body: { city: 'Potsdam', line2: null } };
        const { data, response } = await api.PATCH('/api/addresses/{id}', patch);
        expect([response.status, data]).toMatchObject([200, { ...ADDRESS, city: 'Potsdam' }]);
        const late = await api.PATCH('/api/addresses/{id}', patch);
        expect([late.response.status, late.error?.code]).toEqual([412, 'precondition-failed']);
      });

      test('orders once for its key', async () => {
        const api = await asAda();
        const { data: address } = await api.POST('/api/addresses', { body: ADDRESS });
        await api.POST('/api/cart/lines', { body: { product: PRODUCT.id, quantity: 1 } });
        const order = {
          params: { header: { 'idempotency-key': randomUUID() } },
          body: { address: address?.id, service: 'express' },
        };
        const [first, again] = [await api.POST('/api/orders', order), await api.POST('/api/orders', order)];
        expect([first.response.status, again.response.status]).toEqual([201, 201]);
        expect(again.data).toEqual(first.data);
      });

      test('gets a stream as it comes', async () => {
        const headers = { accept: 'text/event-stream' };
        const asked = { params: { path: PRODUCT }, headers, parseAs: 'stream' };
        const { data } = await (await asAda()).GET('/api/products/{id}', asked);
        let text = '';
        for await (const chunk of data as unknown as ReadableStream<Uint8Array>) {
          text += Buffer.from(chunk).toString();
          if (text.includes('event: snapshot')) break;
        }
        expect(text).toMatch(/^retry: \d+\nevent: snapshot\n/);
      });
    });
  });
}

/** The calls of openapi-fetch, without the types that its generator makes of the document. */
type Other = Record<
  'GET' | 'POST' | 'PATCH',
  (
    path: string,
    given: object,
  ) => Promise<{
    readonly data?: Record<string, unknown>;
    readonly error?: { readonly code: string };
    readonly response: Response;
  }>
>;
