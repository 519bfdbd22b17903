import { gzipSync } from 'node:zlib';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { isRead, type Operation } from '#kernel/contract/operation.ts';
import { targetFor } from '#kernel/http/pages/page.ts';
import { answer } from '#kernel/http/pipeline/answer.ts';
import { type RequestTrace, recentTraces } from '#kernel/telemetry/trace.ts';
import { openShop, type Shop, type Told } from '#tests/operations/shop.ts';
import { appToken } from '#tests/support/app-login.ts';
import type { AnswerFigures, Figures, Parts } from './figures.ts';

/** A busy machine may leave a first request too little time to be whole. */
const TRIES = 20;
const CUSTOMER = 'ada';
const PRESENT_APP = { 'x-app-version': 'ios/3.0.0' };
const OLD_APP = { 'x-app-version': 'ios/2.4.0' };
/** No screen reads the first; how large the last is depends on how far its work is. */
const UNMEASURED = ['getOpenApi', 'getOpenApi30', 'getLiveness', 'getReadiness', 'getExport'];
const IN_CART = ['p-000042', 'p-000007'];

interface Client {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What every read answers to its example, over the mocks, in bytes and in upstream calls, for each kind of client. */
export async function measureAnswers(): Promise<Figures['answers']> {
  const shop = await openShop();
  try {
    const { port } = new URL(shop.origin);
    const customer = { authorization: `Bearer ${await appToken(Number(port), CUSTOMER)}` };
    for (const product of IN_CART) await put(shop, '/api/cart/lines', { product, quantity: 2 }, customer);
    const inputs = await privateInputs(shop, customer);
    const answers: Record<string, AnswerFigures> = {};
    for (const operation of shop.engine.operations.filter(isMeasured)) {
      const { contract } = operation;
      const own = inputs[contract.id];
      const target = targetFor(operation, own ?? contract.example);
      for (const { name, headers } of clientsOf(operation, customer, own !== undefined))
        answers[`${contract.route} for ${name}`] = await measure(shop, target, headers);
    }
    return answers;
  } finally {
    await shop.close();
  }
}

const isMeasured = (operation: Operation) => isRead(operation) && !UNMEASURED.includes(operation.contract.id);

function clientsOf(
  { contract: { audience, apps, deprecated } }: Operation,
  customer: Client['headers'],
  isOwn: boolean,
): Client[] {
  const app = deprecated ? OLD_APP : apps ? PRESENT_APP : {};
  const what = deprecated ? 'an old app' : apps ? 'an app' : 'anyone';
  const nobody = audience === 'personal' || isOwn ? [] : [{ name: what, headers: app }];
  const somebody = audience === 'public' ? [] : [{ name: 'a customer', headers: { ...app, ...customer } }];
  return [...nobody, ...somebody];
}

/** Ids that are somebody's own: an example can only guess them. */
async function privateInputs(
  shop: Shop,
  headers: Record<string, string>,
): Promise<Readonly<Record<string, Record<string, string>>>> {
  const idAt = async (target: string, list: string) => {
    const { body } = await shop.ask(target, headers);
    return { id: (body[list] as { id: string }[] | undefined)?.[0]?.id ?? '' };
  };
  return {
    getOrder: await idAt('/api/orders', 'items'),
    getAddress: await idAt('/api/addresses', 'items'),
    getCartLine: await idAt('/api/cart', 'lines'),
  };
}

async function put({ engine }: Shop, target: string, value: unknown, own: Client['headers']): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(value));
  const headers = { ...own, 'content-type': 'application/json', 'content-length': String(bytes.length) };
  const body = (async function* () {
    yield bytes;
  })();
  const sent = { method: 'POST', target, headers, body, address: '192.0.2.1', gone: new Cancellation() };
  const { status } = await answer(engine, engine.routes, sent);
  if (status !== 201) throw new Error(`${target} answered ${status}`);
}

async function measure(shop: Shop, target: string, headers: Record<string, string>): Promise<AnswerFigures> {
  shop.restart();
  for (let tries = 0; tries < TRIES; tries++) {
    const told = await shop.ask(target, headers);
    const [trace] = recentTraces(1);
    if (told.status !== 200) throw new Error(`${target} answered ${told.status}: ${told.text}`);
    if (trace && told.meta?.complete !== false) return figuresOf(told, trace);
  }
  throw new Error(`${target} was never whole`);
}

function figuresOf({ text, body }: Told, { calls }: RequestTrace): AnswerFigures {
  const fields: Record<string, number> = {};
  weigh(body, '', fields);
  return { json: Buffer.byteLength(text), gzip: gzipSync(text, { level: 9 }).length, fields, calls: countOf(calls) };
}

/** Adds up the bytes of every value by its path, its own name included. */
function weigh(value: unknown, path: string, fields: Record<string, number>, name = 0): void {
  if (Array.isArray(value)) for (const item of value) weigh(item, `${path}[]`, fields);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value))
      weigh(inner, path === '' ? key : `${path}.${key}`, fields, JSON.stringify(key).length + 1);
  } else fields[path] = (fields[path] ?? 0) + name + Buffer.byteLength(JSON.stringify(value));
}

function countOf(calls: RequestTrace['calls']): Parts {
  const names = calls.map(({ section, upstream, call }) => `${section}: ${upstream} ${call}`);
  const batches = new Set(names.filter((name) => / batch \w+$/.test(name)));
  const counts: Record<string, number> = {};
  for (const name of names.filter((name) => !batches.has(name))) counts[name] = (counts[name] ?? 0) + 1;
  for (const name of batches) counts[name] = 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
