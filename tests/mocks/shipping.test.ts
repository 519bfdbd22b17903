import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { customerOf } from '#mocks/seed/customers.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { ShippingRates, ShippingTracking } from '#schemas/upstream/shipping.ts';
import { ask } from './ask.ts';

let mocks: MockServer;

beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

async function send(target: string, post?: unknown, authorization = 'Key s3cret') {
  const { status, text } = await ask(mocks, `shipping/v2/${target}`, {
    headers: { authorization },
    ...(post !== undefined && { post }),
  });
  return { status, body: JSON.parse(text) as unknown };
}

async function read<T>(schema: z.ZodType<T>, target: string, post?: unknown): Promise<T> {
  const { status, body } = await send(target, post);
  expect(status).toBe(200);
  expect(body).toMatchObject(schema.parse(body) as object);
  return body as T;
}

const rates = (country: string, ...grams: number[]) =>
  read(ShippingRates, 'rates', {
    to: { country, postal_code: '1' },
    parcels: grams.map((weight_grams) => ({ weight_grams })),
  });
const amounts = ({ rates }: ShippingRates) => rates.map(({ amount }) => amount);

describe('rates', () => {
  test('are decimal strings, dearer for more weight and for far away', async () => {
    const light = await rates('NO', 300);
    expect(amounts(light)).toEqual(['3.50', '6.00', '15.30']);
    expect(amounts(await rates('NO', 300, 2_100))).toEqual(['5.30', '9.30', '22.50']);
    expect(amounts(await rates('US', 300))).toEqual(['10.50', '18.00', '45.90']);
    for (const { est_days } of light.rates) expect(est_days.max).toBeGreaterThanOrEqual(est_days.min);
  });

  test('have ids of what was asked', async () => {
    const ids = async (...asked: Parameters<typeof rates>) =>
      (await rates(...asked)).rates.map(({ rate_id }) => rate_id);
    expect(await ids('NO', 300)).toEqual(await ids('NO', 300));
    expect(new Set([...(await ids('NO', 300)), ...(await ids('NO', 301))]).size).toBe(6);
  });

  test.each([
    [{}],
    [{ to: { country: 'Norway', postal_code: '1' }, parcels: [{ weight_grams: 1 }] }],
    [{ to: { country: 'NO', postal_code: '1' }, parcels: [] }],
    [{ to: { country: 'NO', postal_code: '1' }, parcels: [{ weight_grams: 0 }] }],
  ])('are not to be had for %j', async (wanted) => {
    const { status, body } = await send('rates', wanted);
    expect([status, body]).toEqual([422, { error: { type: 'E422', message: expect.any(String) } }]);
  });
});

describe('a tracking', () => {
  test('is there for every shipment of the seed, in epoch seconds and in order', async () => {
    const shipped = ['ada', 'bo', 'chen'].flatMap((subject) => customerOf(subject).orders);
    const ids = shipped.flatMap(({ shipmentId }) => shipmentId ?? []);
    expect(ids.length).toBeGreaterThan(3);
    for (const id of ids) {
      const { tracking } = await read(ShippingTracking, `trackings/${id}`);
      const order = shipped.find(({ shipmentId }) => shipmentId === id);
      expect(tracking).toHaveProperty('shipment_id', id);
      expect(tracking.status === 'delivered').toBe(order?.status === 'delivered');
      const times = tracking.events.map(({ at }) => at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect((times[0] ?? 0) * 1_000).toBeGreaterThan(order?.placedAt ?? 0);
      expect(times[0]).toBeLessThan(2_000_000_000);
    }
  });

  test.each(['s-999999', 'o-100005', 'null'])('is 404 for %s', async (id) => {
    expect((await send(`trackings/${id}`)).status).toBe(404);
  });
});

test.each(['', 'Key', 'Key ', 'Bearer a.b.c', 'key s3cret'])(
  'without a key (%j) there is nothing',
  async (authorization) => {
    const wanted = { to: { country: 'NO', postal_code: '1' }, parcels: [{ weight_grams: 1 }] };
    for (const { status, body } of [
      await send('trackings/s-100005', undefined, authorization),
      await send('rates', wanted, authorization),
    ])
      expect([status, body]).toEqual([401, { error: { type: 'E401', message: 'no key' } }]);
  },
);
