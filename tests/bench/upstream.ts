import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startMockServer } from '../../mocks/server.ts';

/** Milliseconds before each upstream answers, in the latency measurement. */
const DELAYS: Readonly<Record<string, number>> = {
  catalog: 12,
  pricing: 15,
  inventory: 6,
  reviews: 9,
  recommendations: 20,
};
const SAMPLE = 'p-000042';
const ID = /p-\d{6}/g;

/** What the mocks say of one product, cut where its id stands, so that it can be said of any. */
async function learn(): Promise<Readonly<Record<string, (id: string) => string>>> {
  const mocks = await startMockServer(0, { latency: 'none' });
  const url = `http://127.0.0.1:${mocks.port}`;
  const quotes = { productIds: [SAMPLE], currencyCode: 'EUR' };
  const body = { method: 'POST', body: JSON.stringify(quotes), headers: { 'content-type': 'application/json' } };
  const template = async (path: string, init?: RequestInit, list?: string) => {
    const answer = (await (await fetch(url + path, init)).json()) as Record<string, [unknown]>;
    const pieces = JSON.stringify(list === undefined ? answer : answer[list]?.[0]).split(SAMPLE);
    return (id: string) => pieces.join(id);
  };
  const templates = {
    catalog: await template(`/catalog/products/${SAMPLE}`),
    pricing: await template('/pricing/quotes', body, 'quotes'),
    inventory: await template(`/inventory/levels?sku=${SAMPLE}`, undefined, 'levels'),
    reviews: await template(`/reviews/summaries?ids=${SAMPLE}`, undefined, 'summaries'),
    recommendations: await template(`/recommendations/related/${SAMPLE}?limit=8`),
  };
  await mocks.close();
  return templates;
}

const TEXT = 'What an upstream says that nothing is known of. '.repeat(10);
const plain = (id: string) => JSON.stringify({ id, text: TEXT });

const LISTS: Readonly<Record<string, string>> = { pricing: 'quotes', inventory: 'levels', reviews: 'summaries' };

/**
 * Five upstreams at the least price: no router, no schema, texts that were made before. Any other name is answered with little.
 * Its parent may say how long each takes, even for ever.
 */
async function main(): Promise<void> {
  const templates = await learn();
  const delays = new Map(process.argv.includes('--slow') ? Object.entries(DELAYS) : []);
  process.on('message', ({ name, delay }: { name: string; delay: number }) => delays.set(name, delay));

  const answer = (name: string, text: string, response: ServerResponse) => {
    const make = templates[name] ?? plain;
    const ids = text.match(ID) ?? [];
    const list = LISTS[name];
    const body = list === undefined ? make(ids[0] ?? SAMPLE) : `{"${list}":[${ids.map(make).join(',')}]}`;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    return response.end(body);
  };
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const { url = '/', method } = request;
    const name = url.slice(1, url.indexOf('/', 1));
    const delay = delays.get(name) ?? 0;
    if (delay === Infinity) return undefined;
    const say = (text: string) =>
      delay > 0 ? setTimeout(answer, delay, name, text, response) : answer(name, text, response);
    if (method !== 'POST') return say(url);
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    return request.on('end', () => say(text));
  };
  const server = createServer(handle).listen(0, '127.0.0.1', () =>
    process.send?.({ port: (server.address() as AddressInfo).port }),
  );
  // A connection that rests in a client must not be closed under it.
  server.keepAliveTimeout = 0;
  process.on('disconnect', () => process.exit(0));
}

await main();
