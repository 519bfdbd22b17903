import { axiosInstance, setConfig } from '@kubb/plugin-client/clients/axios';
import { type Client, eventsOf } from '../calls.ts';
import * as api from '../made/kubb/index.ts';

export function client(baseURL: string, token: string): Client {
  setConfig({ baseURL, headers: { authorization: `Bearer ${token}` } });
  // Its functions give the data alone: what stands in the headers is to be had here.
  let etag = '';
  axiosInstance.interceptors.response.use((answer) => {
    etag = String(answer.headers.etag ?? '');
    return answer;
  });
  return {
    product: (id, parts) => api.getProduct(id, { parts }),
    addAddress: async (draft) => (await api.createAddress(draft)).id,
    async etagOf(id) {
      await api.getAddress(id);
      return etag;
    },
    moveTo: async (id, city, match) => (await api.patchAddress(id, { city }, { 'if-match': match })).city,
    putInCart: (product) => api.addCartLine({ product, quantity: 1 }),
    async order(address, key) {
      const order = await api.placeOrder({ address, service: 'economy' }, { 'idempotency-key': key });
      return order.id;
    },
    orders: async () => (await api.listOrders()).items.map(({ id }) => id),
    async watch(path) {
      const data = await api.getEvents({ watch: path }, undefined, { responseType: 'stream' });
      return eventsOf(data as AsyncIterable<Uint8Array>);
    },
  };
}
