import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { customerOf } from '#mocks/seed/customers.ts';
import { productAt, productId } from '#mocks/seed/products.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { Order, OrderPage } from '#schemas/upstream/orders.ts';
import { ask, bearerOf } from './ask.ts';

let mocks: MockServer;

beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

interface Sent {
  readonly post?: unknown;
  readonly key?: string;
  readonly scenario?: string;
}

async function send(subject: string, target: string, { key, ...sent }: Sent = {}) {
  const { status, text } = await ask(mocks, `orders/orders${target}`, {
    ...sent,
    headers: { authorization: bearerOf(subject), ...(key !== undefined && { 'idempotency-key': key }) },
  });
  return { status, body: JSON.parse(text) as unknown };
}

/** An answer of this status, with nothing in it that its schema does not know. */
async function read<T>(schema: z.ZodType<T>, wanted: number, ...sent: Parameters<typeof send>): Promise<T> {
  const { status, body } = await send(...sent);
  expect(status).toBe(wanted);
  expect(body).toMatchObject(schema.parse(body) as object);
  return body as T;
}

const idsOf = ({ edges }: OrderPage) => edges.map(({ node }) => node.orderId);
const refused = (status: number) => ({
  status,
  body: { errors: [{ message: expect.any(String), extensions: { status } }] },
});

const DRAFT = {
  lines: [
    { productId: productId(42), quantity: 2, unitAmountMinor: 1_999 },
    { productId: productId(43), quantity: 1, unitAmountMinor: 500 },
  ],
  currencyCode: 'EUR',
  shippingAddress: { fullName: 'Ada', line1: 'Mill Lane 4', city: 'Leeds', postalCode: 'LS1 4DY', countryCode: 'GB' },
  shippingServiceId: 'standard',
  shippingAmountMinor: 490,
};
const place = (subject: string, key: string, sent?: Sent) =>
  read(Order, 201, subject, '', { post: DRAFT, key, ...sent });

describe('a list of orders', () => {
  test('is the customer’s own, the newest first, and each adds up', async () => {
    for (const subject of ['ada', 'bo', 'chen', 'anybody']) {
      const page = await read(OrderPage, 200, subject, '?first=50');
      expect(idsOf(page)).toEqual(customerOf(subject).orders.map(({ id }) => id));
      const times = page.edges.map(({ node }) => Date.parse(node.placedAt));
      expect(times).toEqual([...times].sort((a, b) => b - a));
      for (const { node } of page.edges) {
        const { lines, shippingAmountMinor, totalAmountMinor, shipmentId, status } = Order.parse(node);
        const sum = lines.reduce((total, line) => total + line.quantity * line.unitAmountMinor, shippingAmountMinor);
        expect(totalAmountMinor).toBe(sum);
        expect(shipmentId !== null).toBe(status === 'shipped' || status === 'delivered');
      }
    }
    expect(customerOf('ada').orders).toHaveLength(8);
    expect((await read(OrderPage, 200, 'chen', '')).pageInfo).toEqual({ hasNextPage: false, endCursor: null });
  });

  test('comes in pages that together are all, also where one is placed meanwhile', async () => {
    const seen: string[] = [];
    for (let after = '', more = true; more; ) {
      const page = await read(OrderPage, 200, 'ada', `?first=3${after}`);
      seen.push(...idsOf(page));
      more = page.pageInfo.hasNextPage;
      expect(page.pageInfo.endCursor).toBe((page.edges.at(-1) as { cursor?: string } | undefined)?.cursor);
      after = `&after=${page.pageInfo.endCursor}`;
      if (seen.length === 3) await place('ada', 'meanwhile');
    }
    expect(seen).toEqual(customerOf('ada').orders.map(({ id }) => id));
  });

  test.each(['first=0', 'first=51', 'first=x', 'after=x', 'after='])('is not to be had by %s', async (query) =>
    expect(await send('ada', `?${query}`)).toEqual(refused(400)),
  );
});

describe('one order', () => {
  test('is the same as in the list, and 404 for everybody else', async () => {
    const { edges } = await read(OrderPage, 200, 'bo', '');
    const [first] = edges;
    expect(await read(Order, 200, 'bo', `/${first?.node.orderId}`)).toEqual(first?.node);
    expect(await send('ada', `/${first?.node.orderId}`)).toEqual(refused(404));
    expect(await send('bo', '/o-999999')).toEqual(refused(404));
  });

  test('is refused without a token', async () => {
    for (const sent of [{}, { post: DRAFT, headers: { 'idempotency-key': 'k' } }]) {
      const { status, text } = await ask(mocks, 'orders/orders', sent);
      expect({ status, body: JSON.parse(text) }).toEqual(refused(401));
    }
    expect((await ask(mocks, 'orders/orders/o-100008')).status).toBe(401);
  });
});

describe('placing an order', () => {
  test('makes it what was asked, in this server, first of the list', async () => {
    const order = await place('dora', 'k');
    expect(order).toMatchObject({ status: 'placed', version: 1, totalAmountMinor: 4_988, shipmentId: null });
    expect(order.lines.map(({ title }) => title)).toEqual([productAt(42).title, productAt(43).title]);
    const second = await place('dora', 'k-2');
    expect(idsOf(await read(OrderPage, 200, 'dora', ''))).toEqual([second.orderId, order.orderId]);
    expect(await read(Order, 200, 'dora', `/${order.orderId}`)).toEqual(order);
    expect(await send('ada', `/${order.orderId}`)).toEqual(refused(404));

    const other = await startMockServer(0, { latency: 'none' });
    const headers = { authorization: bearerOf('dora') };
    expect(JSON.parse((await ask(other, 'orders/orders', { headers })).text).edges).toEqual([]);
    await other.close();
  });

  test('needs a key, and happens once for each, however often and at once it is sent', async () => {
    expect(await send('eve', '', { post: DRAFT })).toEqual(refused(400));
    expect(await send('eve', '', { post: DRAFT, key: '' })).toEqual(refused(400));
    const orders = await Promise.all(Array.from({ length: 10 }, () => place('eve', 'k')));
    expect(new Set(orders.map(({ orderId }) => orderId)).size).toBe(1);
    const turned = Object.fromEntries(Object.entries(DRAFT).reverse());
    expect(await place('eve', 'k', { post: turned })).toEqual(orders[0]);
    expect((await read(OrderPage, 200, 'eve', '')).edges).toHaveLength(1);
    expect((await place('finn', 'k')).orderId).not.toBe(orders[0]?.orderId);
  });

  test('takes no other order by a key that was used', async () => {
    const order = await place('gus', 'k');
    const post = { ...DRAFT, shippingAmountMinor: 0 };
    expect(await send('gus', '', { post, key: 'k' })).toEqual(refused(422));
    expect(await place('gus', 'k')).toEqual(order);
    expect((await read(OrderPage, 200, 'gus', '')).edges).toHaveLength(1);
  });

  test.each([
    ['no lines', { lines: [] }],
    ['none of a product', { lines: [{ productId: productId(1), quantity: 0, unitAmountMinor: 1 }] }],
    ['what is not sold', { lines: [{ productId: 'p-999999', quantity: 1, unitAmountMinor: 1 }] }],
    ['no currency', { currencyCode: 'euro' }],
    ['no address', { shippingAddress: undefined }],
    ['an amount below nothing', { shippingAmountMinor: -1 }],
  ])('is refused with %s', async (_, part) => {
    expect(await send('hana', '', { post: { ...DRAFT, ...part }, key: JSON.stringify(part) })).toEqual(refused(422));
    expect((await read(OrderPage, 200, 'hana', '')).edges).toEqual([]);
  });

  test('has its effect where the answer drifts or all else is gone, and none where the upstream is down', async () => {
    const under = (word: string) => send('ivo', '', { post: DRAFT, key: 'k', scenario: `orders=${word}` });
    expect([(await under('down')).status, (await under('flaky')).status]).toEqual([503, 503]);
    expect((await read(OrderPage, 200, 'ivo', '')).edges).toEqual([]);
    const { status, body } = await under('drifted');
    expect([status, Order.safeParse(body).success]).toEqual([201, false]);
    const order = await place('ivo', 'k', { scenario: 'orders=empty' });
    expect(idsOf(await read(OrderPage, 200, 'ivo', ''))).toEqual([order.orderId]);
    expect((await under('huge')).body).toMatchObject(order);
  });
});
