import { type Client, eventsOf, got } from '../calls.ts';
import * as api from '../made/orval-fetch/api.ts';
import { callAs } from '../orval-request.ts';

export function client(base: string, token: string): Client {
  callAs(base, token);
  return {
    async product(id, parts) {
      const { status, data } = await api.getProduct(id, { parts });
      return got(status === 200 ? data : undefined, data);
    },
    async addAddress(draft) {
      const { status, data } = await api.createAddress(draft);
      return got(status === 201 ? data : undefined, data).id;
    },
    async etagOf(id) {
      const { headers } = await api.getAddress(id);
      return headers.get('etag') ?? '';
    },
    async moveTo(id, city, match) {
      const { status, data } = await api.patchAddress(id, { city }, { headers: { 'if-match': match } });
      return got(status === 200 ? data : undefined, data).city;
    },
    putInCart: (product) => api.addCartLine({ product, quantity: 1 }),
    async order(address, key) {
      const headers = { 'idempotency-key': key };
      const { status, data } = await api.placeOrder({ address, service: 'economy' }, { headers });
      return got(status === 201 ? data : undefined, data).id;
    },
    async orders() {
      const { status, data } = await api.listOrders();
      return got(status === 200 ? data : undefined, data).items.map(({ id }) => id);
    },
    async watch(path) {
      const { data } = await api.getEvents({ watch: path });
      return eventsOf(data as unknown as ReadableStream<Uint8Array>);
    },
  };
}
