import { type Client, got } from '../calls.ts';
import { createClient } from '../made/hey-api/client/index.ts';
import * as api from '../made/hey-api/index.ts';

export function client(baseUrl: string, token: string): Client {
  // It is asked for each credential that the document knows, and sends all that it is given.
  const own = createClient({ baseUrl, auth: ({ scheme }) => (scheme === 'bearer' ? token : undefined) });
  return {
    async product(id, parts) {
      const { data, error } = await api.getProduct({ client: own, path: { id }, query: { parts } });
      return got(data, error);
    },
    async addAddress(body) {
      const { data, error } = await api.createAddress({ client: own, body });
      return got(data, error).id;
    },
    async etagOf(id) {
      const { response } = await api.getAddress({ client: own, path: { id } });
      return response?.headers.get('etag') ?? '';
    },
    async moveTo(id, city, match) {
      const headers = { 'if-match': match };
      const { data, error } = await api.patchAddress({ client: own, path: { id }, headers, body: { city } });
      return got(data, error).city;
    },
    putInCart: (product) => api.addCartLine({ client: own, body: { product, quantity: 1 } }),
    async order(address, key) {
      const headers = { 'idempotency-key': key };
      const { data, error } = await api.placeOrder({ client: own, headers, body: { address, service: 'economy' } });
      return got(data, error).id;
    },
    async orders() {
      const { data, error } = await api.listOrders({ client: own });
      return got(data, error).items.map(({ id }) => id);
    },
    async watch(path) {
      const { stream } = await api.getEvents({ client: own, query: { watch: path } });
      return stream;
    },
  };
}
