import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoredCart } from '#mocks/cart.ts';
import { productId } from '#mocks/seed/products.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { Cart } from '#schemas/upstream/cart.ts';
import { ask } from './ask.ts';

let mocks: MockServer;

beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

const LAMP = productId(42);
const TENT = productId(43);

interface Sent {
  readonly key?: string;
  readonly scenario?: string;
}

async function send(method: string, target: string, body?: unknown, { key, scenario }: Sent = {}) {
  const answer = await ask(mocks, `cart/carts/${target}`, {
    method,
    ...(body !== undefined && { post: body }),
    ...(key && { headers: { 'idempotency-key': key } }),
    ...(scenario && { scenario }),
  });
  return { status: answer.status, body: (answer.text === '' ? undefined : JSON.parse(answer.text)) as unknown };
}

/** A cart out of an answer of this status, with all in it that its schema knows. */
async function cart(status: number, ...sent: Parameters<typeof send>): Promise<StoredCart> {
  const answer = await send(...sent);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject(Cart.parse(answer.body));
  return answer.body as StoredCart;
}

const read = (owner: string) => cart(200, 'GET', owner);
const add = (owner: string, sku: string, qty: number, sent?: Sent) =>
  cart(201, 'POST', `${owner}/lines`, { sku, qty }, sent);
const contents = ({ items }: StoredCart) => items.map(({ sku, qty }) => [sku, qty]);

async function refusal(...sent: Parameters<typeof send>) {
  const { status, body } = await send(...sent);
  expect(body).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
  return [status, (body as { error: { code: string } }).error.code];
}

describe('a cart', () => {
  test('is empty and has no revision where no one has put anything into it', async () => {
    expect(await read('nobody')).toMatchObject({ owner: 'nobody', revision: 0, updatedAt: 0, items: [] });
    expect((await read('somebody')).cartId).not.toBe((await read('nobody')).cartId);
  });

  test('takes lines, adds up the same product, and has one more revision each time', async () => {
    const before = Date.now();
    const first = await add('ada', LAMP, 2);
    expect([first.revision, contents(first)]).toEqual([1, [[LAMP, 2]]]);
    expect(first.updatedAt).toBeGreaterThanOrEqual(before);
    expect(first.updatedAt).toBeLessThanOrEqual(Date.now());
    await add('ada', TENT, 1);
    const third = await add('ada', LAMP, 3);
    expect([third.revision, contents(third)]).toEqual([
      3,
      [
        [LAMP, 5],
        [TENT, 1],
      ],
    ]);
    expect(third.items[0]?.lineId).toBe(first.items[0]?.lineId);
    expect(await read('ada')).toEqual(third);
  });

  test('has its lines changed and taken out', async () => {
    const [lamp, tent] = [await add('bo', LAMP, 2), await add('bo', TENT, 1)].map((had) => had.items.at(-1)?.lineId);
    expect(contents(await cart(200, 'PATCH', `bo/lines/${lamp}`, { qty: 7 }))[0]).toEqual([LAMP, 7]);
    expect((await send('DELETE', `bo/lines/${lamp}`)).status).toBe(204);
    expect(contents(await read('bo'))).toEqual([[TENT, 1]]);
    expect(await refusal('DELETE', `bo/lines/${lamp}`)).toEqual([404, 'unknown_line']);
    expect(await refusal('PATCH', `bo/lines/${lamp}`, { qty: 1 })).toEqual([404, 'unknown_line']);
    expect(await refusal('PATCH', `chen/lines/${tent}`, { qty: 1 })).toEqual([404, 'unknown_line']);
    expect(await refusal('DELETE', `chen/lines/${tent}`)).toEqual([404, 'unknown_line']);
    expect((await read('bo')).revision).toBe(4);
  });

  test('is its owner’s in one server and nowhere else', async () => {
    const other = await startMockServer(0, { latency: 'none' });
    await add('dora', LAMP, 1);
    expect(JSON.parse((await ask(other, 'cart/carts/dora')).text)).toMatchObject({ revision: 0, items: [] });
    await other.close();
  });

  test('refuses what is not sold, too much of it, and what makes no sense, and stays as it was', async () => {
    const before = await add('eve', LAMP, 98);
    const lines = (sku: unknown, qty?: unknown) => refusal('POST', 'eve/lines', { sku, qty });
    expect(await lines('p-999999', 1)).toEqual([422, 'unknown_sku']);
    expect(await lines(LAMP, 2)).toEqual([422, 'line_full']);
    for (const qty of [0, -1, 1.5, 100, '2', undefined]) expect(await lines(TENT, qty)).toEqual([422, 'invalid']);
    expect(await lines(7, 1)).toEqual([422, 'invalid']);
    const line = `eve/lines/${before.items[0]?.lineId}`;
    for (const qty of [0, 100]) expect(await refusal('PATCH', line, { qty })).toEqual([422, 'invalid']);
    const noJson = await fetch(`http://127.0.0.1:${mocks.port}/cart/carts/eve/lines`, { method: 'POST', body: '{' });
    expect(noJson.status).toBe(422);
    expect(await read('eve')).toEqual(before);
  });

  test('has at most fifty lines, and then still takes more of what is there', async () => {
    for (let index = 0; index < 50; index++) await add('full', productId(index), 1);
    expect(await refusal('POST', 'full/lines', { sku: productId(50), qty: 1 })).toEqual([422, 'cart_full']);
    expect((await add('full', productId(49), 1)).items).toHaveLength(50);
  });
});

describe('a merge', () => {
  const merge = (owner: string, from: string, sent?: Sent) => cart(200, 'POST', `${owner}/merge`, { from }, sent);

  test('adds the lines of one cart to another, and empties it; a second time changes nothing', async () => {
    await add('guest-1', LAMP, 60);
    await add('guest-1', TENT, 1);
    await add('mia', LAMP, 60);
    const merged = await merge('mia', 'guest-1');
    expect([merged.revision, contents(merged)]).toEqual([
      2,
      [
        [LAMP, 99],
        [TENT, 1],
      ],
    ]);
    expect(await read('guest-1')).toMatchObject({ revision: 3, items: [] });
    expect(await merge('mia', 'guest-1')).toEqual(merged);
    expect((await read('guest-1')).revision).toBe(3);
  });

  test('of a cart with itself, or with nothing, changes nothing', async () => {
    const before = await add('noa', LAMP, 2);
    expect(await merge('noa', 'noa')).toEqual(before);
    expect(await merge('noa', 'guest-nobody')).toEqual(before);
    expect(await refusal('POST', 'noa/merge', {})).toEqual([422, 'invalid']);
  });
});

describe('an idempotency key', () => {
  test('gives the first answer again, and has no second effect', async () => {
    const first = await add('kim', LAMP, 1, { key: 'k-1' });
    await add('kim', LAMP, 1, { key: 'k-2' });
    expect(await add('kim', LAMP, 1, { key: 'k-1' })).toEqual(first);
    expect(contents(await read('kim'))).toEqual([[LAMP, 2]]);
  });

  test('is its owner’s: another’s is another', async () => {
    await add('lea', LAMP, 1, { key: 'same' });
    expect(contents(await add('max', LAMP, 1, { key: 'same' }))).toEqual([[LAMP, 1]]);
  });

  test('holds for ten at once, for merges, and for refusals, whose body can be read each time', async () => {
    await Promise.all(Array.from({ length: 10 }, () => add('pat', LAMP, 1, { key: 'at once' })));
    expect(contents(await read('pat'))).toEqual([[LAMP, 1]]);

    await add('guest-2', LAMP, 1);
    const merged = await cart(200, 'POST', 'pat/merge', { from: 'guest-2' }, { key: 'm' });
    await add('guest-2', LAMP, 1);
    expect(await cart(200, 'POST', 'pat/merge', { from: 'guest-2' }, { key: 'm' })).toEqual(merged);
    expect((await read('guest-2')).items).toHaveLength(1);

    for (let time = 0; time < 3; time++)
      expect(await refusal('POST', 'pat/lines', { sku: 'p-999999', qty: 1 }, { key: 'r' })).toEqual([
        422,
        'unknown_sku',
      ]);
  });

  test('is spent by no answer that came of a misbehaviour without an effect', async () => {
    const flaky = { key: 'f', scenario: 'cart=flaky' };
    expect(await refusal('POST', 'quin/lines', { sku: LAMP, qty: 1 }, flaky)).toEqual([503, 'unavailable']);
    expect((await add('quin', LAMP, 1, flaky)).revision).toBe(1);
    expect((await add('quin', LAMP, 1, { key: 'f' })).revision).toBe(1);
  });

  test('finds the effect of what was done and wrongly answered', async () => {
    const sent = { key: 'd', scenario: 'cart=drifted' };
    const { status, body } = await send('POST', 'rob/lines', { sku: LAMP, qty: 1 }, sent);
    expect([status, Cart.safeParse(body).success]).toEqual([201, false]);
    expect(contents(await add('rob', LAMP, 1, { key: 'd' }))).toEqual([[LAMP, 1]]);
    expect((await read('rob')).revision).toBe(1);
  });
});
