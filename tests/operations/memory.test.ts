import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { operations } from '#operations/index.ts';
import { answered } from '#tests/support/answered.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { LONG } from '#tests/support/long.ts';

const ROUNDS = LONG ? 30 : 8;
/** Bytes: an address that is kept takes more, and what the process makes for itself on the way less. */
const A_REQUEST = 32;
const HEADERS: readonly ((unique: string) => Record<string, string>)[] = [
  () => ({}),
  (unique) => ({ authorization: 'Bearer ada', 'x-request-id': unique, traceparent: unique }),
  (unique) => ({ authorization: `Bearer ${unique}.x`, accept: `a/${unique}, */*;q=0.1` }),
  (unique) => ({ cookie: `sid=${unique}`, 'x-forwarded-for': unique, 'if-none-match': `"${unique}"` }),
  (unique) => ({ 'x-scenario': `${unique}=down`, 'x-app-version': unique, 'x-csrf': unique }),
];

let shop: TestEngine;
let sent: number;
beforeEach(() => {
  sent = 0;
  const urls = Object.fromEntries(
    ['catalog', 'pricing', 'inventory', 'reviews', 'recommendations', 'content', 'cart', 'orders', 'customers']
      .concat('shipping', 'payments', 'support')
      .map((name) => [name, `http://${name}.test/`]),
  );
  // Everything upstream is broken: nothing that is asked for can be kept.
  shop = answered(startEngine(urls, operations), () => 500);
});
afterEach(() => shop.settled());

/** Asks every operation in every way, each time with something that nobody has sent before. */
async function round(): Promise<void> {
  for (const { route } of operations) {
    for (const headersOf of HEADERS) {
      const unique = `u${(sent++).toString(36)}z`;
      const target = `${route.template.replaceAll(/\{\w+\}/g, unique)}?${unique}=${unique}`;
      const body = route.method === 'GET' ? {} : { body: { [unique]: unique } };
      await shop.ask(target, headersOf(unique), { method: route.method, ...body });
    }
  }
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
async function heap(): Promise<number> {
  await shop.settled();
  for (let times = 0; times < 3; times++) collect();
  return process.memoryUsage().heapUsed;
}

test('of what all operations were asked nothing is kept', async () => {
  // What has an end is full then, and what is compiled is compiled.
  for (let times = 0; times < ROUNDS; times++) await round();
  const [before, asked] = [await heap(), sent];
  for (let times = 0; times < ROUNDS; times++) await round();
  const grown = (await heap()) - before;
  expect(shop.reported).toEqual([]);
  expect(grown / (sent - asked)).toBeLessThan(A_REQUEST);
});
