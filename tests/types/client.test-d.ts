import { describe, expectTypeOf, test } from 'vitest';
import type { Api } from '#client/api.ts';
import { createClient } from '#client/client.ts';
import type { ApiOf } from '#client/generated.ts';
import type { operations } from '#operations/index.ts';

const api = createClient<Api>();

describe('an address', () => {
  test('says what is asked with', () => {
    api('GET /api/products/{id}', { id: 'p-000042', currency: 'USD' });
    api('GET /api/products', { q: 'lamp', limit: 12 });
    api('GET /api/home');
    api('GET /api/home', { locale: 'de' });
    // @ts-expect-error no such language
    api('GET /api/home', { locale: 'fr' });
    // @ts-expect-error no such address
    api('GET /api/nothing');
    // @ts-expect-error no id
    api('GET /api/products/{id}', {});
    // @ts-expect-error no input at all
    api('GET /api/products/{id}');
    // @ts-expect-error no such field
    api('GET /api/products/{id}', { id: 'p-000042', colour: 'red' });
    // @ts-expect-error no such currency
    api('GET /api/products/{id}', { id: 'p-000042', currency: 'CHF' });
  });

  test('says what is sent, and that a version is', () => {
    api('POST /api/cart/lines', {}, { body: { product: 'p-000042', quantity: 1 } });
    api('DELETE /api/addresses/{id}', { id: 'a-000001' }, { match: '"1"' });
    // @ts-expect-error no body
    api('POST /api/cart/lines', {});
    // @ts-expect-error a body that is not as it should be
    api('POST /api/cart/lines', {}, { body: { product: 'p-000042', quantity: 'one' } });
    // @ts-expect-error a body where none is taken
    api('GET /api/home', {}, { body: {} });
    // @ts-expect-error no version
    api('DELETE /api/addresses/{id}', { id: 'a-000001' });
  });

  test('says which parts there are', () => {
    api('GET /api/products/{id}', { id: 'p-000042' }, { parts: ['stock'] });
    // @ts-expect-error no such part
    api('GET /api/products/{id}', { id: 'p-000042' }, { parts: ['colour'] });
    // @ts-expect-error there are none
    api('GET /api/home', {}, { parts: [] });
  });

  test('of what is for servers, or a stream, is none', () => {
    type Addresses = keyof Api;
    expectTypeOf<Extract<Addresses, `POST /api/webhooks/${string}`>>().toBeNever();
    expectTypeOf<
      Extract<Addresses, 'GET /api/events' | 'GET /api/auth/login' | 'GET /api/support/stream'>
    >().toBeNever();
    expectTypeOf<Exclude<Addresses, (typeof operations)[number]['contract']['route']>>().toBeNever();
  });
});

describe('a result', () => {
  test('is told apart by its status', async () => {
    const result = await api('POST /api/orders', {}, { body: { address: 'a-000001', service: 'economy' } });
    if (result.status === 201) {
      expectTypeOf(result.view.total).toEqualTypeOf<{ minor: number; currency: string }>();
      // @ts-expect-error an answer has no problem
      result.problem;
    } else if (result.status === 0) {
      expectTypeOf(result.reason).toEqualTypeOf<'offline' | 'aborted' | 'unreadable'>();
    } else {
      expectTypeOf(result.problem.title).toEqualTypeOf<string>();
      expectTypeOf<'total-changed'>().toExtend<typeof result.problem.code>();
      expectTypeOf<'a-code-that-came-later'>().toExtend<typeof result.problem.code>();
    }
    // @ts-expect-error it may be a problem
    result.view;
    if (!result.ok)
      expectTypeOf(result.again).returns.resolves.toEqualTypeOf<
        typeof result | Awaited<ReturnType<typeof result.again>>
      >();
  });

  test('has the view of its status, none where there is none, and a file where it is one', async () => {
    const gone = await api('DELETE /api/cart/lines/{id}', { id: 'l-1' });
    if (gone.ok) expectTypeOf(gone.view).toEqualTypeOf<undefined>();
    const file = await api('GET /api/exports/{id}/file', { id: 'AAAAAAAAAAAAAAAA' });
    if (file.ok) expectTypeOf(file.view).toEqualTypeOf<Blob>();
  });
});

describe('a subscription', () => {
  test('is of a read, and tells of views and problems', () => {
    api.subscribe('GET /api/orders/{id}', { id: 'o-000001' }, (answer) => {
      if (answer.ok) expectTypeOf(answer.view.state).toEqualTypeOf<string>();
      else expectTypeOf(answer.problem.status).toEqualTypeOf<number>();
    });
    // @ts-expect-error a write is not watched
    api.subscribe('POST /api/orders', {}, () => {});
  });
});

describe('types that openapi-typescript has made', () => {
  /** In its words, cut down to two operations. */
  interface Paths {
    '/api/things/{id}': {
      parameters: { path?: never };
      get: {
        parameters: {
          query?: { currency?: 'EUR'; parts?: ('a' | 'b')[] };
          path: { id: string };
          header?: { x?: string };
        };
        requestBody?: never;
        responses: {
          200: { content: { 'application/json': { n: number }; 'text/event-stream': string } };
          304: { content?: never };
        };
      };
      put: {
        parameters: { query?: never; path: { id: string }; header: { 'if-match': string } };
        requestBody: { content: { 'application/json': { n: number } } };
        responses: { 204: { content?: never } };
      };
      post?: never;
    };
  }
  const other = createClient<ApiOf<Paths>>();

  test('serve as well as contracts', async () => {
    const read = await other('GET /api/things/{id}', { id: '1', currency: 'EUR' }, { parts: ['a'] });
    if (read.status === 200) expectTypeOf(read.view).toEqualTypeOf<{ n: number }>();
    const written = await other('PUT /api/things/{id}', { id: '1' }, { body: { n: 1 }, match: '"1"' });
    if (written.status === 204) expectTypeOf(written.view).toEqualTypeOf<undefined>();
    // @ts-expect-error nobody offers it
    other('POST /api/things/{id}', { id: '1' });
    // @ts-expect-error no version
    other('PUT /api/things/{id}', { id: '1' }, { body: { n: 1 } });
    // @ts-expect-error no such part
    other('GET /api/things/{id}', { id: '1' }, { parts: ['c'] });
  });
});
