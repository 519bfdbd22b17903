import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { customerOf } from '#mocks/seed/customers.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { Customer, CustomerAddress, CustomerAddressPage } from '#schemas/upstream/customers.ts';
import { ask, bearerOf } from './ask.ts';

let mocks: MockServer;

beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

interface Sent {
  readonly method?: string;
  readonly post?: unknown;
  readonly match?: string;
  readonly key?: string;
  readonly scenario?: string;
}

async function send(subject: string, target: string, { match, key, ...sent }: Sent = {}) {
  const { status, text } = await ask(mocks, `customers/me${target}`, {
    ...sent,
    headers: {
      authorization: bearerOf(subject),
      ...(match !== undefined && { 'if-match': match }),
      ...(key !== undefined && { 'idempotency-key': key }),
    },
  });
  return { status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

/** An answer of this status, with nothing in it that its schema does not know. */
async function read<T>(schema: z.ZodType<T>, wanted: number, ...sent: Parameters<typeof send>): Promise<T> {
  const { status, body } = await send(...sent);
  expect(status).toBe(wanted);
  expect(body).toMatchObject(schema.parse(body) as object);
  return body as T;
}

const profile = (subject: string) => read(Customer, 200, subject, '');
const addresses = async (subject: string) =>
  (await read(CustomerAddressPage, 200, subject, '/addresses?page_size=50')).addresses;
const refused = (status: number) => ({ status, body: { status, detail: expect.any(String) } });

const HOME = {
  full_name: 'Ada Nowak',
  line1: 'Mill Lane 4',
  line2: null,
  city: 'Leeds',
  region: null,
  postal_code: 'LS1 4DY',
  country_code: 'GB',
  phone: null,
};
const add = (subject: string, sent?: Sent) =>
  read(CustomerAddress, 201, subject, '/addresses', { post: HOME, ...sent });

describe('a customer', () => {
  test('of the seed has a name, a past, and an address to begin with', async () => {
    for (const subject of ['ada', 'bo', 'chen']) {
      const { given_name, email, default_address_id } = await profile(subject);
      expect([given_name.toLowerCase(), email]).toEqual([subject, `${subject}@example.com`]);
      expect((await addresses(subject)).map(({ address_id }) => address_id)).toContain(default_address_id);
      expect((await addresses(subject)).length).toBe(customerOf(subject).addresses.length);
    }
  });

  test.each(['vu-17', 'auth0|65f', 'Zoë Å', 'a..b'])('is any other name too (%s), without a past', async (subject) => {
    expect(await profile(subject)).toMatchObject({ customer_id: subject, given_name: subject, segment: 'standard' });
    expect((await profile(subject)).default_address_id).toBeNull();
    expect(await addresses(subject)).toEqual([]);
  });

  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer x',
    'Bearer a.b.c',
    `Basic ${bearerOf('ada').slice(7)}`,
    bearerOf(''),
    `Bearer x.${Buffer.from('null').toString('base64url')}.x`,
    `Bearer x.${Buffer.from('{"sub":7}').toString('base64url')}.x`,
  ])('is refused with the token %j', async (authorization) => {
    for (const target of ['customers/me', 'customers/me/addresses', 'customers/me/addresses/a-100001']) {
      const { status, text } = await ask(
        mocks,
        target,
        authorization === undefined ? {} : { headers: { authorization } },
      );
      expect({ status, body: JSON.parse(text) }).toEqual(refused(401));
    }
  });

  test('is whom the server’s own check of the token says', async () => {
    const checked = await startMockServer(0, {
      latency: 'none',
      subjectOf: async (authorization) => (authorization === 'Bearer of-bo' ? 'bo' : undefined),
    });
    const statusOf = (authorization: string) => ask(checked, 'customers/me', { headers: { authorization } });
    expect(JSON.parse((await statusOf('Bearer of-bo')).text)).toMatchObject({ customer_id: 'bo' });
    expect((await statusOf(bearerOf('ada'))).status).toBe(401);
    await checked.close();
  });
});

describe('addresses', () => {
  test('come in pages that together are all of them, also where some go meanwhile', async () => {
    const all = (await addresses('bo')).map(({ address_id }) => address_id);
    const seen: string[] = [];
    let token: string | null = '';
    while (token !== null) {
      const from: string = token === '' ? '' : `&page_token=${token}`;
      const page: CustomerAddressPage = await read(CustomerAddressPage, 200, 'bo', `/addresses?page_size=5${from}`);
      seen.push(...page.addresses.map(({ address_id }) => address_id));
      token = page.next_page_token;
      if (seen.length === 5) await send('bo', `/addresses/${seen[4]}`, { method: 'DELETE', match: '"1"' });
    }
    expect(seen).toEqual(all);
  });

  test('have no next page where the last is full', async () => {
    const { addresses, next_page_token } = await read(CustomerAddressPage, 200, 'ada', '/addresses?page_size=3');
    expect([addresses.length, next_page_token]).toEqual([3, null]);
  });

  test.each(['page_size=0', 'page_size=51', 'page_size=x', 'page_token=x', 'page_token='])(
    'are not to be had by %s',
    async (query) => expect(await send('ada', `/addresses?${query}`)).toEqual(refused(400)),
  );

  test('are made, changed and deleted, each by its revision', async () => {
    const made = await add('dora');
    expect(made).toMatchObject({ ...HOME, revision: 1 });
    const at = `/addresses/${made.address_id}`;
    const post = { full_name: 'D', line1: 'L', city: 'C', postal_code: 'P', country_code: 'NO' };
    expect(await send('dora', at, { method: 'PUT', post })).toEqual(refused(428));
    for (const match of ['"2"', '1', 'W/"1"', ''])
      expect(await send('dora', at, { method: 'PUT', post, match })).toEqual(refused(412));
    const changed = await read(CustomerAddress, 200, 'dora', at, { method: 'PUT', post, match: '"1"' });
    expect(changed).toMatchObject({ ...post, line2: null, region: null, phone: null, revision: 2 });
    expect(changed.created_at).toBe(made.created_at);
    expect(await read(CustomerAddress, 200, 'dora', at)).toEqual(changed);

    expect(await send('dora', at, { method: 'DELETE' })).toEqual(refused(428));
    expect(await send('dora', at, { method: 'DELETE', match: '"1"' })).toEqual(refused(412));
    expect(await send('dora', at, { method: 'DELETE', match: '"2"' })).toEqual({ status: 204, body: undefined });
    expect(await send('dora', at, { method: 'DELETE', match: '*' })).toEqual(refused(404));
    const another = `/addresses/${(await add('dora')).address_id}`;
    expect((await send('dora', another, { method: 'PUT', post, match: '*' })).status).toBe(200);
    expect(await send('dora', at)).toEqual(refused(404));
    expect(await send('dora', at, { method: 'DELETE', match: '"2"' })).toEqual(refused(404));
  });

  test('that two change at once are changed by one of them', async () => {
    const { address_id } = await add('eve');
    const put = (line1: string) =>
      send('eve', `/addresses/${address_id}`, { method: 'PUT', post: { ...HOME, line1 }, match: '"1"' });
    const statuses = (await Promise.all([put('One'), put('Two')])).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 412]);
  });

  test.each(['full_name', 'line1', 'city', 'postal_code', 'country_code'])('need their %s', async (name) => {
    const post = { ...HOME, [name]: '' };
    expect(await send('finn', '/addresses', { post })).toEqual(refused(422));
    expect(await addresses('finn')).toEqual([]);
  });

  test('of others are 404, whatever is done to them', async () => {
    const others = '/addresses/a-100001';
    expect((await send('ada', others)).status).toBe(200);
    for (const sent of [{}, { method: 'PUT', post: HOME, match: '"1"' }, { method: 'DELETE', match: '"1"' }])
      expect(await send('bo', others, sent)).toEqual(refused(404));
    const post = { address_id: 'a-100001' };
    expect(await send('bo', '/default-address', { method: 'PUT', post })).toEqual(refused(404));
    expect((await send('ada', others)).status).toBe(200);
  });

  test('may be the default, until they are deleted', async () => {
    const { address_id } = await add('gus');
    expect((await profile('gus')).default_address_id).toBeNull();
    const set = await read(Customer, 200, 'gus', '/default-address', { method: 'PUT', post: { address_id } });
    expect(set).toEqual(await profile('gus'));
    expect(set.default_address_id).toBe(address_id);
    await send('gus', `/addresses/${address_id}`, { method: 'DELETE', match: '"1"' });
    expect((await profile('gus')).default_address_id).toBeNull();
    for (const post of [{}, { address_id }, { address_id: 7 }, null])
      expect(await send('gus', '/default-address', { method: 'PUT', post })).toEqual(refused(404));
  });

  test('are made once for each key of a customer', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => add('hana', { key: 'k' })));
    expect(new Set(made.map(({ address_id }) => address_id)).size).toBe(1);
    await add('hana', { key: 'other' });
    await add('ivo', { key: 'k' });
    expect([(await addresses('hana')).length, (await addresses('ivo')).length]).toEqual([2, 1]);
  });

  test('are made, though wrongly answered, where the release has drifted', async () => {
    const { status, body } = await send('jana', '/addresses', { post: HOME, key: 'k', scenario: 'customers=drifted' });
    expect([status, CustomerAddress.safeParse(body).success]).toEqual([201, false]);
    const made = await add('jana', { key: 'k', scenario: 'customers=empty' });
    expect(await addresses('jana')).toEqual([made]);
    const down = { method: 'DELETE', match: '"1"', scenario: 'customers=down' };
    expect(await send('jana', `/addresses/${made.address_id}`, down)).toEqual(refused(503));
    expect(await addresses('jana')).toEqual([made]);
  });
});
