import axios from 'axios';
import { type Client, eventsOf } from '../calls.ts';
import { getTributary } from '../made/orval-axios/api.ts';

export function client(baseURL: string, token: string): Client {
  const api = getTributary(axios.create({ baseURL, headers: { authorization: `Bearer ${token}` } }));
  return {
    product: async (id, parts) => (await api.getProduct(id, { parts })).data,
    addAddress: async (draft) => (await api.createAddress(draft)).data.id,
    etagOf: async (id) => (await api.getAddress(id)).headers.etag,
    async moveTo(id, city, match) {
      const { data } = await api.patchAddress(id, { city }, { headers: { 'if-match': match } });
      return data.city;
    },
    putInCart: (product) => api.addCartLine({ product, quantity: 1 }),
    async order(address, key) {
      const headers = { 'idempotency-key': key };
      const { data } = await api.placeOrder({ address, service: 'economy' }, { headers });
      return data.id;
    },
    orders: async () => (await api.listOrders()).data.items.map(({ id }) => id),
    async watch(path) {
      const { data } = await api.getEvents({ watch: path }, { responseType: 'stream' });
      return eventsOf(data as unknown as AsyncIterable<Uint8Array>);
    },
  };
}
