export interface Draft {
  readonly name: string;
  readonly line1: string;
  readonly city: string;
  readonly postalCode: string;
  readonly country: string;
}

/** What each tool's client is asked to do, with the functions that it has generated. */
export interface Client {
  product(id: string, parts: ('stock' | 'rating')[]): Promise<object>;
  addAddress(draft: Draft): Promise<string>;
  /** The ETag of an address. */
  etagOf(id: string): Promise<string>;
  /** The city after the change. */
  moveTo(id: string, city: string, match: string): Promise<string>;
  putInCart(product: string): Promise<unknown>;
  /** The order's id. */
  order(address: string, key: string): Promise<string>;
  orders(): Promise<string[]>;
  /** The data of the events of `/api/events` about one address. */
  watch(path: string): Promise<AsyncIterable<unknown>>;
}

const PRODUCT = 'p-000042';
const HOME = { name: 'Ada Nowak', line1: 'Linienstr. 1', city: 'Berlin', postalCode: '10119', country: 'DE' };

/** What came of each call: what is wanted, or what it failed with. */
export async function play(client: Client): Promise<Record<string, string>> {
  const address = await client.addAddress(HOME);
  return {
    parts: await outcome(async () => {
      const { stock, rating, related } = (await client.product(PRODUCT, ['stock', 'rating'])) as Record<
        string,
        unknown
      >;
      return stock && rating && !related ? 'both, nothing else' : 'not the parts that were asked for';
    }),
    patch: await outcome(() => client.etagOf(address).then((etag) => client.moveTo(address, 'Potsdam', etag))),
    stream: await outcome(async () => {
      const cities: string[] = [];
      for await (const event of await client.watch(`/api/addresses/${address}`)) {
        const city = cityIn(event);
        if (city === undefined) continue;
        cities.push(city);
        if (cities.length > 1) break;
        await client.moveTo(address, 'Oslo', await client.etagOf(address));
      }
      return cities.join(', then ');
    }),
    order: await outcome(async () => {
      await client.putInCart(PRODUCT);
      const key = crypto.randomUUID();
      const sent = [await client.order(address, key), await client.order(address, key)];
      const orders = await client.orders();
      return sent.every((id) => id === orders[0]) && orders.length === 1 ? 'one order' : `sent ${sent}, are ${orders}`;
    }),
  };
}

/** The data of each event, where a client gives bytes. */
export async function* eventsOf(bytes: AsyncIterable<Uint8Array>): AsyncIterable<unknown> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of bytes) {
    const blocks = (text + decoder.decode(chunk, { stream: true })).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) yield JSON.parse(data);
    }
  }
}

const cityIn = (event: unknown) => (event as { readonly view?: Draft }).view?.city;

/** What a client has got, or what it says of why it has not. */
export function got<T>(data: T | undefined, otherwise: unknown): T {
  if (data === undefined) throw new Error(JSON.stringify(otherwise));
  return data;
}

const outcome = (call: () => Promise<string>) => call().catch((error: Error) => `✗ ${error.message}`);
