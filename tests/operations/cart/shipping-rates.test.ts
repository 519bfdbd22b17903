import { afterEach, beforeEach, expect, test } from 'vitest';
import { getShippingRates } from '#operations/cart/shipping-rates.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { type Handler, json, raw, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const TARGET = '/api/shipping/rates?country=DE&postalCode=10119&grams=800';
const ADA = { authorization: 'Bearer ada' };
const rate = {
  rate_id: 'r',
  carrier: 'C',
  service: 's',
  amount: '4.90',
  currency: 'EUR',
  est_days: { min: 1, max: 2 },
};

let carrier: TestUpstream;
let shop: TestEngine;
beforeEach(async () => {
  carrier = await startUpstream();
  shop = startEngine({ shipping: carrier.url }, [getShippingRates]);
});
afterEach(() => carrier.close());

type Failing = (response: Parameters<Handler>[0]) => void;

test.each<[string, Failing]>([
  ['breaks', (response) => void response.destroy()],
  ['is away', (response) => json(response, {}, 503)],
])('a carrier that %s is asked once more: its rates are read, though they are posted for', async (_, failing) => {
  let times = 0;
  carrier.otherwise = (response) => (times++ === 0 ? failing(response) : json(response, { rates: [rate] }));
  expect((await shop.ask(TARGET, ADA)).json).toMatchObject({ items: [{ id: 'r', price: { minor: 490 } }] });
  expect(times).toBe(2);
});

test.each([500, 503])('a carrier that keeps answering %i has failed, and nothing is unknown', async (status) => {
  carrier.otherwise = (response) => json(response, {}, status);
  expect((await shop.ask(TARGET, ADA)).json).toMatchObject({ status: 502, code: 'upstream-failed' });
});

test('a carrier that is overloaded by one shipment is asked about another', async () => {
  carrier.otherwise = (response) =>
    raw(response, '{}', { 'content-type': 'application/json', 'retry-after': '30' }, 429);
  for (const grams of ['800', '800', '900']) await shop.ask(TARGET.replace('800', grams), ADA);
  expect(carrier.seen.map(({ body }) => JSON.parse(body).parcels[0].weight_grams)).toEqual([800, 900]);
});
