import createClient from 'openapi-fetch';
import { type Client, eventsOf, got } from '../calls.ts';
import type { paths } from '../made/openapi-fetch/api.ts';

export function client(baseUrl: string, token: string): Client {
  const headers = { authorization: `Bearer ${token}` };
  const api = createClient<paths, 'application/json' | 'application/problem+json'>({ baseUrl, headers });
  return {
    async product(id, parts) {
      const { data, error } = await api.GET('/api/products/{id}', { params: { path: { id }, query: { parts } } });
      return got(data, error);
    },
    async addAddress(body) {
      const { data, error } = await api.POST('/api/addresses', { body });
      return got(data, error).id;
    },
    async etagOf(id) {
      const { response } = await api.GET('/api/addresses/{id}', { params: { path: { id } } });
      return response.headers.get('etag') ?? '';
    },
    async moveTo(id, city, match) {
      const params = { path: { id }, header: { 'if-match': match } };
      const { data, error } = await api.PATCH('/api/addresses/{id}', { params, body: { city } });
      return got(data, error).city;
    },
    putInCart: (product) => api.POST('/api/cart/lines', { body: { product, quantity: 1 } }),
    async order(address, key) {
      const params = { header: { 'idempotency-key': key } };
      const { data, error } = await api.POST('/api/orders', { params, body: { address, service: 'economy' } });
      return got(data, error).id;
    },
    async orders() {
      const { data, error } = await api.GET('/api/orders');
      return got(data, error).items.map(({ id }) => id);
    },
    async watch(path) {
      const { data, error } = await api.GET('/api/events', { params: { query: { watch: path } }, parseAs: 'stream' });
      return eventsOf(got(data ?? undefined, error));
    },
  };
}
