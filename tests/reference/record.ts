import { randomUUID } from 'node:crypto';
import type { Operation } from '#kernel/contract/operation.ts';
import { operations } from '#operations/index.ts';
import type { Recorded, Recording } from '#reference/document.ts';
import { signWebhook } from '#tests/support/sign-webhook.ts';
import { pause } from '#tests/support/until.ts';
import { signEvent } from '#tests/support/upstream-event.ts';
import { signIn, type Visit, type Visitor, visitor } from '#tests/support/visitor.ts';
import { METRICS_EXAMPLE, PURGE_EXAMPLE, STATUS_EXAMPLE } from './ops-examples.ts';

const ADDRESS = { name: 'Ada Nowak', line1: 'Linienstr. 1', city: 'Berlin', postalCode: '10119', country: 'DE' };
const JSON_TYPE = { 'content-type': 'application/json' };
const NOW = '2026-11-23T09:30:00.000Z';
const EXPORT_ID = 'AAAAAAAAAAAAAAAA';
const TRIES = 100;
/** Enough of a stream to see what its events look like. */
const STREAM_BYTES = 900;

interface Ask {
  readonly input?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Told of each read, with a way to ask the same again. */
type Heard = (id: string, ask: (headers: Record<string, string>) => Promise<Visit>) => Promise<void>;

/** Asks a host for every operation, as a customer of the seed would, and gives what it answered. */
export async function record(host: string, mocks: string, heard?: Heard): Promise<Recording> {
  const began = Date.now();
  const taken: Record<string, { route: string; body?: unknown; answers: Record<string, unknown> }> = {};
  const ada = visitor();
  await signIn(ada, host, 'ada');

  const note = (id: string, status: number, answer: unknown, body?: unknown) => {
    const { contract } = operationOf(id);
    taken[id] ??= { route: contract.route, answers: {} };
    if (body !== undefined) taken[id].body = body;
    if (answer !== undefined) taken[id].answers[status] = answer;
  };
  const ask = async (id: string, { input, body, text, headers = {} }: Ask = {}, who: Visitor = ada): Promise<Visit> => {
    const { route, contract } = operationOf(id);
    const url = host + addressOf(operationOf(id), input ?? contract.example);
    const type = body === undefined ? {} : { 'content-type': typeOf(operationOf(id)) };
    const key = route.method === 'GET' ? {} : { 'idempotency-key': randomUUID() };
    const sent = body === undefined ? text : contract.body?.kind === 'form' ? String(body) : JSON.stringify(body);
    const visit =
      route.method === 'GET'
        ? await wholeFrom(() => who.get(url, headers))
        : await who.send(route.method, url, { ...(sent && { body: sent }), headers: { ...type, ...key, ...headers } });
    const isJson = visit.headers.get('content-type')?.startsWith('application/json');
    const answer = isJson ? visit.json() : visit.text === '' ? undefined : visit.text;
    if (visit.status < 300) note(id, visit.status, answer, body ?? (text && JSON.parse(text)));
    else if (visit.status < 400) note(id, visit.status, undefined);
    else throw new Error(`${id}: ${visit.status} ${visit.text}`);
    if (route.method === 'GET') await heard?.(id, (more) => who.get(url, { ...headers, ...more }));
    return visit;
  };
  const until = async (id: string, there: (visit: Visit) => boolean, asked: Ask) => {
    for (let tries = 0; tries < TRIES; tries++) {
      if (there(await ask(id, asked))) return;
      await pause(50);
    }
    throw new Error(`${id}: never came to what was waited for`);
  };
  /** The first events of a stream, which has no end of its own. */
  const listen = async (id: string, input?: Readonly<Record<string, string>>) => {
    const operation = operationOf(id);
    const cookie = [...ada.cookies(new URL(host).host)].map(([name, value]) => `${name}=${value}`).join('; ');
    const stop = new AbortController();
    const headers = { accept: 'text/event-stream', cookie };
    const url = host + addressOf(operation, input ?? operation.contract.example);
    const { body } = await fetch(url, { headers, signal: stop.signal });
    let text = '';
    for await (const chunk of body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes('event: snapshot') && text.endsWith('\n\n')) break;
    }
    stop.abort();
    note(id, 200, `${text.slice(0, STREAM_BYTES).trimEnd()}${text.length > STREAM_BYTES ? '…' : ''}`);
  };

  for (const id of ['getHome', 'searchProducts', 'getProduct', 'listReviews', 'getCategories']) await ask(id);
  for (const id of [
    'getMobileHome',
    'getHomeV1',
    'getAccount',
    'listOrders',
    'getShippingRates',
    'getVisitor',
    'getSession',
  ])
    await ask(id);
  for (const id of ['getLiveness', 'getReadiness', 'listSessions', 'listAddresses']) await ask(id);
  const shipped = (await ada.get(`${host}/api/orders?limit=10`)).json().items as { id: string; state: string }[];
  await ask('getOrder', { input: { id: shipped.find(({ state }) => state === 'shipped')?.id ?? '' } });
  await listen('getEvents');
  await listen('getSupportStream');

  await ask('createReview', { body: { rating: 5, title: 'It stays cosy', text: 'Three winters, and not a scratch.' } });
  await ask('sendMessage', { body: { text: 'Where is my parcel?' } });
  const { id: address } = (await ask('createAddress', { body: ADDRESS })).json() as { id: string };
  const one = { input: { id: address } };
  const match = async () => ({ 'if-match': (await ask('getAddress', one)).headers.get('etag') ?? '' });
  await ask('replaceAddress', { ...one, body: { ...ADDRESS, line1: 'Linienstr. 2' }, headers: await match() });
  await ask('patchAddress', { ...one, body: { line2: '3rd floor' }, headers: await match() });

  await ask('addCartLine', { body: { product: 'p-000042', quantity: 2 } });
  await ask('addCartLine', { body: { product: 'p-000007', quantity: 1 } });
  const { lines } = (await ask('getCart')).json() as { lines: { id: string }[] };
  const line = { input: { id: lines[0]?.id ?? '' } };
  await ask('getCartLine', line);
  await ask('changeCartLine', { ...line, body: { quantity: 1 } });
  await ask('removeCartLine', { input: { id: lines[1]?.id ?? '' } });
  await ask('getCheckout');
  const { id: order } = (await ask('placeOrder', { body: { address, service: 'economy' } })).json() as { id: string };
  await ask('createPaymentIntent', { body: { order } });
  await ask('deleteAddress', { ...one, headers: await match() });

  const { id: begun } = (await ask('createExport')).json() as { id: string };
  await until('getExport', (visit) => visit.json().stage === 'done', { input: { id: begun } });
  await listen('getExportProgress', { id: begun });
  await ask('getExportFile', { input: { id: begun }, headers: { accept: 'text/csv' } });
  await ask('cancelExport', { input: { id: begun } });

  await until('getMessages', (visit) => (visit.json().items as unknown[]).length === 2, {});
  await ask('tellTyping');
  for (const sender of ['stripe', 'github', 'clerk', 'upstream'] as const) {
    const id = `receive${sender[0]?.toUpperCase()}${sender.slice(1)}Webhook`;
    const { text, headers } = await deliveryOf(sender);
    await ask(id, { text, headers: { ...headers, ...JSON_TYPE } }, visitor());
  }
  note('backchannelLogout', 204, undefined, { logout_token: 'eyJhbGciOiJFUzI1NiJ9.…' });
  for (const id of ['startLogin', 'finishLogin', 'leaveProvider']) note(id, 303, undefined);
  for (const id of ['getOpenApi', 'getOpenApi30']) note(id, 200, { openapi: id === 'getOpenApi' ? '3.1.1' : '3.0.3' });

  note('getStatus', 200, STATUS_EXAMPLE);
  note('getPurge', 200, PURGE_EXAMPLE);
  note('getMetrics', 200, METRICS_EXAMPLE);

  const other = visitor();
  await signIn(other, host, 'ada');
  const { items } = (await ada.get(`${host}/api/auth/sessions`)).json() as {
    items: { id: string; current: boolean }[];
  };
  await ask('endSession', { input: { id: items.find(({ current }) => !current)?.id ?? '' } });
  await ask('endOtherSessions');
  await ask('logout');
  return timeless(taken, { host, mocks, began, begun });
}

/** A busy machine may be late with a section: what is recorded is whole. */
async function wholeFrom(get: () => Promise<Visit>): Promise<Visit> {
  for (let tries = 0; ; tries++) {
    const visit = await get();
    const late = visit.status === 504 || visit.text.includes('"meta":{"complete":false');
    if (!late || tries === TRIES) return visit;
    await pause(50);
  }
}

const operationOf = (id: string): Operation =>
  (operations as readonly Operation[]).find(({ contract }) => contract.id === id) as Operation;

function addressOf({ route, contract }: Operation, input: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(contract.live || route.method === 'GET' ? input : {});
  const path = route.template.replace(/\{(\w+)\}/g, (_, name: string) => {
    query.delete(name);
    return encodeURIComponent(input[name] ?? '');
  });
  return query.size > 0 ? `${path}?${query}` : path;
}

const typeOf = ({ contract: { body } }: Operation) =>
  body?.kind === 'mergePatch' ? 'application/merge-patch+json' : 'application/json';

async function deliveryOf(sender: 'stripe' | 'github' | 'clerk' | 'upstream') {
  if (sender === 'upstream') {
    const object = { id: 'p-000042', version: 7 };
    const { body, headers } = signEvent('evt_00000001', { type: 'pricing.price.changed', object });
    return { text: body, headers };
  }
  const at = 1_793_525_400;
  const events = {
    stripe: {
      id: 'evt_1',
      type: 'payment_intent.succeeded',
      created: at,
      data: { object: { id: 'pi_1', metadata: { order: 'o-000001' } } },
    },
    github: {
      ref: 'refs/heads/main',
      repository: { full_name: 'shop/content', default_branch: 'main', pushed_at: at },
    },
    clerk: { type: 'user.updated', timestamp: at * 1_000, data: { id: 'user_1' } },
  };
  const text = JSON.stringify(events[sender]);
  const type = sender === 'github' ? { type: 'push' } : {};
  return { text, headers: await signWebhook(sender, text, { id: 'delivery-1', ...type }) };
}

interface Run {
  readonly host: string;
  readonly mocks: string;
  readonly began: number;
  readonly begun: string;
}

/** What differs between two runs, as it is between none: addresses, times of the run, and ids that are drawn. */
function timeless(taken: Readonly<Record<string, Recorded>>, { host, mocks, began, begun }: Run): Recording {
  const text = JSON.stringify(Object.fromEntries(Object.entries(taken).sort(([a], [b]) => (a < b ? -1 : 1))))
    .replaceAll(mocks, 'http://127.0.0.1:4000')
    .replaceAll(host, 'http://localhost:3000')
    .replaceAll(encodeURIComponent(host), encodeURIComponent('http://localhost:3000'))
    .replaceAll(begun, EXPORT_ID)
    .replace(/pi_[0-9a-f]{24}/g, 'pi_000000000000000000000001')
    .replace(/_secret_[0-9a-f]{24}/g, '_secret_000000000000000000000001')
    .replace(/"[\w-]{43}"/g, `"${'A'.repeat(43)}"`)
    .replace(/retry: \d+/g, 'retry: 3000')
    .replace(/id: [\w-]{22}/g, 'id: AAAAAAAAAAAAAAAAAAAAAA')
    .replace(/etag\\":\\"\\\\\\"[\w+/]{22}/g, String.raw`etag\":\"\\\"dauUc7wPIcitJJWwV7P5ij`)
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (at) => (Date.parse(at) >= began - 60_000 ? NOW : at));
  return JSON.parse(text) as Recording;
}
