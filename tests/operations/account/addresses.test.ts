import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { customerOf } from '#mocks/seed/customers.ts';
import { productAt } from '#mocks/seed/products.ts';
import { reviewAt } from '#mocks/seed/reviews.ts';
import { getAddress, patchAddress } from '#operations/account/addresses.ts';
import { fromDraft } from '#operations/shape/address.ts';
import { CustomerAddress } from '#schemas/upstream/customers.ts';
import { AddressDraft } from '#schemas/view/account/address.ts';
import { ReviewDraft } from '#schemas/view/catalog/reviews.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const STORED: CustomerAddress = {
  address_id: 'a-000001',
  revision: 3,
  full_name: 'Ada Nowak',
  line1: 'Mill Lane 4',
  line2: null,
  city: 'Leeds',
  region: null,
  postal_code: 'LS1 4DY',
  country_code: 'GB',
  phone: '+475550100',
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
};

let upstreams: TestUpstream;
let shop: TestEngine;
let stored: CustomerAddress;
beforeEach(async () => {
  upstreams = await startUpstream();
  stored = STORED;
  upstreams.otherwise = (response, { method, body }) => {
    if (method === 'PUT') stored = { ...stored, ...JSON.parse(body), revision: stored.revision + 1 };
    json(response, stored);
  };
  shop = startEngine({ customers: upstreams.url }, [getAddress, patchAddress]);
});
afterEach(() => upstreams.close());

const ADA = { authorization: 'Bearer ada' };

async function patch(body: unknown) {
  const { headers } = await shop.ask('/api/addresses/a-000001', ADA);
  const match = { ...ADA, 'if-match': headers.etag ?? '' };
  return shop.ask('/api/addresses/a-000001', match, { method: 'PATCH', body });
}

describe('of a patch only what changes is judged', () => {
  test.each<[string, Partial<CustomerAddress>]>([
    ['a phone in another form', { phone: '+47 555 0100' }],
    ['a postal code of one sign', { postal_code: '1' }],
    ['a name that is longer than ours may be', { full_name: 'N'.repeat(200) }],
    ['an empty second line', { line2: '' }],
  ])('%s stays as it was', async (_, older) => {
    stored = { ...STORED, ...older };
    const before = stored;
    const { status, json: view } = await patch({ city: 'Potsdam' });
    expect([status, view.city]).toEqual([200, 'Potsdam']);
    expect(stored).toEqual({ ...before, city: 'Potsdam', revision: 4 });
  });

  test('and can be mended, or taken away', async () => {
    stored = { ...STORED, phone: '+47 555 0100' };
    expect(await patch({ phone: '+4755501000' })).toMatchObject({ status: 200, json: { phone: '+4755501000' } });
    expect((await patch({ phone: null })).json).not.toHaveProperty('phone');
    expect(stored.phone).toBeNull();
  });

  test.each([
    [{ phone: '+47 555 0100' }, 'phone'],
    [{ postalCode: '1' }, 'postalCode'],
    [{ name: ' ' }, 'name'],
    [{ city: null }, 'city'],
  ])('%j is refused, and named', async (body, field) => {
    const { status, json: problem } = await patch(body);
    expect([status, problem.code]).toEqual([422, 'invalid-body']);
    expect((problem.errors as { path: string }[]).map(({ path }) => path)).toEqual([field]);
    expect(stored).toEqual(STORED);
  });
});

describe('the seed keeps to our own rules', () => {
  test.each(['ada', 'bo', 'chen'])('in the addresses of %s', (subject) => {
    const { addresses } = customerOf(subject);
    expect(addresses.length).toBeGreaterThan(0);
    for (const { fullName: name, countryCode: country, id: _, createdAt: __, ...rest } of addresses) {
      const there = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
      const draft = AddressDraft.parse({ name, country, ...there });
      expect(CustomerAddress.partial().safeParse(fromDraft(draft)).success).toBe(true);
    }
  });

  test('in what was written of products', () => {
    for (let index = 0; index < 20; index++) {
      const { stars: rating, headline: title, text } = reviewAt(productAt(index), index);
      expect(ReviewDraft.parse({ rating, title, text })).toEqual({ rating, title, text });
    }
  });
});
