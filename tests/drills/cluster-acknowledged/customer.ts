import { PATIENCE } from '#tests/support/patience.ts';
import { pause } from '#tests/support/until.ts';
import { signIn, visitor } from '#tests/support/visitor.ts';

const ADDRESS = { name: 'A Customer', line1: 'Linienstr. 1', city: 'Berlin', postalCode: '10119', country: 'DE' };
const AGAIN_AFTER = 100;
/** What says no more than that it is to be asked again. */
const PASSING = ['request-in-progress', 'outcome-unknown'];

/** An answer that is final. */
interface Told {
  readonly status: number;
  readonly json: unknown;
}

/** A customer who tries again, under the same key, whatever was not answered; and what they were told is done. */
export interface Customer {
  readonly cookie: string;
  /** The ids of orders by their keys. */
  readonly ordered: ReadonlyMap<string, string>;
  readonly said: ReadonlySet<string>;
  says(text: string): Promise<void>;
  orders(key: string): Promise<void>;
  /** Sends all of it again, to one instance; resolves with how many orders it does not know by their keys. */
  again(url: string): Promise<number>;
}

/** Asks until there is an answer that is no passing trouble. */
export async function persist(ask: () => Promise<Response>): Promise<Told> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const answer = await ask().catch(() => undefined);
    const text = await answer?.text().catch(() => undefined);
    if (answer !== undefined && text !== undefined) {
      const { status } = answer;
      const isJson = /json/.test(answer.headers.get('content-type') ?? '');
      const json = isJson ? JSON.parse(text) : undefined;
      if (status < 500 && !PASSING.includes((json as { code?: string } | undefined)?.code ?? ''))
        return { status, json };
    }
    if (performance.now() > end) throw new Error(`never answered; at last: ${answer?.status} ${text}`);
    await pause(AGAIN_AFTER);
  }
}

/** The items of a list that was answered. */
export function told<Item>({ status, json }: Told): Item[] {
  if (status !== 200) throw new Error(`a list was answered with ${status}`);
  return (json as { items: Item[] }).items;
}

/** Signs in, however often it takes; a login that was cut off is begun anew. */
async function cookieOf(url: string, subject: string): Promise<string> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const who = visitor();
    await signIn(who, url, subject).catch(() => undefined);
    const sid = who.cookies(new URL(url).host).get('sid');
    if (sid !== undefined) return `sid=${sid}`;
    if (performance.now() > end) throw new Error(`${subject} could not sign in`);
    await pause(AGAIN_AFTER);
  }
}

export async function customerOf(url: string, subject: string): Promise<Customer> {
  const cookie = await cookieOf(url, subject);
  const ordered = new Map<string, string>();
  const said = new Set<string>();
  const drafts = new Map<string, object>();
  const deliver = (path: string, key: string, body: object, to = url) => {
    const headers = {
      cookie,
      'content-type': 'application/json',
      'x-csrf': '1',
      'sec-fetch-site': 'same-origin',
      'idempotency-key': key,
    };
    return persist(() => fetch(to + path, { method: 'POST', headers, body: JSON.stringify(body) }));
  };
  const send = async (...request: Parameters<typeof deliver>) => {
    const [path] = request;
    const answer = await deliver(...request);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.json)}`);
    return answer.json as { id: string };
  };
  const { id: address } = await send('/api/addresses', `address ${subject}`.replace(' ', '-'), ADDRESS);
  return {
    cookie,
    ordered,
    said,
    async says(text) {
      await send('/api/support/messages', text, { text });
      said.add(text);
    },
    async orders(key) {
      await send('/api/cart/lines', `cart-${key}`, { product: 'p-000042', quantity: 1 });
      const checkout = await persist(() => fetch(`${url}/api/checkout`, { headers: { cookie } }));
      const { services } = checkout.json as { services: { service: string; total: object }[] };
      const draft = { address, service: services[0]?.service, total: services[0]?.total };
      drafts.set(key, draft);
      ordered.set(key, (await send('/api/orders', key, draft)).id);
    },
    async again(to) {
      for (const text of said) await send('/api/support/messages', text, { text }, to);
      let unknown = 0;
      for (const [key, draft] of drafts) {
        const { json } = await deliver('/api/orders', key, draft, to);
        if ((json as { id?: string }).id !== ordered.get(key)) unknown++;
      }
      return unknown;
    },
  };
}
