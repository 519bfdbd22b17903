import { HttpResponse, http } from 'msw';
import {
  type Customer,
  type CustomerAddress,
  CustomerAddressDraft,
  type CustomerAddressPage,
} from '#schemas/upstream/customers.ts';
import type { SubjectOf } from './bearer.ts';
import { bodyOf, created, createOnce } from './effects.ts';
import { type Conduct, type FaultInjection, misbehave } from './misbehave.ts';
import { customerOf, type SeedAddress, type SeedCustomer } from './seed/customers.ts';

const MAX_PAGE_SIZE = 50;
/** Above the ids of the seed. */
const FIRST_NEW = 500_000;

const injection: FaultInjection = {
  error: (status, message) => HttpResponse.json({ status, detail: message }, { status }),
  drift: (answer: Customer | CustomerAddress | CustomerAddressPage) => {
    if ('addresses' in answer) return { ...answer, addresses: { items: answer.addresses } };
    const { member_since, address_id, ...rest } = answer as Customer & CustomerAddress;
    return { ...rest, id: address_id, since: member_since };
  },
  empty: (answer: object) =>
    'addresses' in answer ? { addresses: [], next_page_token: null } : injection.error(404, 'nothing is known'),
};
/** What has just been made or changed is there, even where all else is gone. */
const writing: FaultInjection = { ...injection, empty: (answer) => answer };

/** One customer's account. */
interface Account {
  readonly seed: SeedCustomer;
  defaultAddress: string | null;
  /** By id, oldest first. */
  readonly addresses: Map<string, CustomerAddress>;
}

export function customersHandlers(conduct: Conduct, subjectOf: SubjectOf) {
  const accounts = new Map<string, Account>();
  const once = createOnce();
  let next = FIRST_NEW;

  const accountOf = (subject: string): Account => {
    const existing = accounts.get(subject);
    if (existing) return existing;
    const seed = customerOf(subject);
    const addresses = new Map(seed.addresses.map((address) => [address.id, wire(address)]));
    const account = { seed, defaultAddress: seed.addresses[0]?.id ?? null, addresses };
    accounts.set(subject, account);
    return account;
  };
  type Resolver = (account: Account) => object | Response | Promise<object | Response>;
  const handle = (request: Request, resolve: Resolver, injected = injection) =>
    misbehave('customers', request, conduct, injected, async () => {
      const subject = await subjectOf(request.headers.get('authorization') ?? undefined);
      return subject === undefined ? injection.error(401, 'no customer by this token') : resolve(accountOf(subject));
    });
  const noAddress = () => injection.error(404, 'no such address');
  const badAddress = () => injection.error(422, 'no whole address');

  return [
    http.get('*/customers/me', ({ request }) => handle(request, profile)),
    http.get('*/customers/me/addresses', ({ request }) =>
      handle(request, ({ addresses }) => page([...addresses.values()], new URL(request.url).searchParams)),
    ),
    http.post('*/customers/me/addresses', ({ request }) =>
      created(
        handle(
          request,
          async ({ seed, addresses }) => {
            const { success, data } = CustomerAddressDraft.safeParse(await bodyOf(request));
            return once(request, seed.subject, () => {
              if (!success) return badAddress();
              const now = new Date().toISOString();
              const made = { address_id: `a-${next++}`, revision: 1, ...data, created_at: now, updated_at: now };
              addresses.set(made.address_id, made);
              return made;
            });
          },
          writing,
        ),
      ),
    ),
    http.put('*/customers/me/default-address', ({ request }) =>
      handle(
        request,
        async (account) => {
          const body = (await bodyOf(request)) as { address_id?: unknown } | undefined;
          const id = String(body?.address_id);
          if (!account.addresses.has(id)) return noAddress();
          account.defaultAddress = id;
          return profile(account);
        },
        writing,
      ),
    ),
    http.get<{ id: string }>('*/customers/me/addresses/:id', ({ request, params: { id } }) =>
      handle(request, ({ addresses }) => addresses.get(id) ?? noAddress()),
    ),
    http.put<{ id: string }>('*/customers/me/addresses/:id', ({ request, params: { id } }) =>
      handle(
        request,
        async ({ addresses }) => {
          const { success, data } = CustomerAddressDraft.safeParse(await bodyOf(request));
          const address = addresses.get(id);
          if (!address) return noAddress();
          const refusal = unmatched(request, address);
          if (refusal) return refusal;
          if (!success) return badAddress();
          const changed = { ...address, ...data, revision: address.revision + 1, updated_at: new Date().toISOString() };
          addresses.set(id, changed);
          return changed;
        },
        writing,
      ),
    ),
    http.delete<{ id: string }>('*/customers/me/addresses/:id', ({ request, params: { id } }) =>
      handle(request, (account) => {
        const address = account.addresses.get(id);
        if (!address) return noAddress();
        const refusal = unmatched(request, address);
        if (refusal) return refusal;
        account.addresses.delete(id);
        if (account.defaultAddress === id) account.defaultAddress = null;
        return new HttpResponse(null, { status: 204 });
      }),
    ),
  ];
}

function profile({ seed, defaultAddress }: Account): Customer & { customer_id: string } {
  return {
    customer_id: seed.subject,
    given_name: seed.givenName,
    family_name: seed.familyName,
    email: seed.email,
    phone: seed.phone,
    member_since: new Date(seed.joinedAt).toISOString(),
    segment: seed.isGold ? 'gold' : 'standard',
    default_address_id: defaultAddress,
  };
}

/** A token is the last id of the page before: it stays valid while addresses come and go. */
function page(addresses: readonly CustomerAddress[], query: URLSearchParams): CustomerAddressPage | Response {
  const size = Number(query.get('page_size') ?? 10);
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE_SIZE) return injection.error(400, 'bad page_size');
  const token = query.get('page_token');
  const last = token === null ? '' : Buffer.from(token, 'base64url').toString();
  if (token !== null && !/^a-[0-9]{6}$/.test(last)) return injection.error(400, 'bad page_token');
  const left = addresses.filter(({ address_id }) => address_id > last);
  const shown = left.slice(0, size);
  const end = left.length > size ? shown.at(-1) : undefined;
  return { addresses: shown, next_page_token: end ? Buffer.from(end.address_id).toString('base64url') : null };
}

/** Why a change must not be made: it names no revision, or another one. */
function unmatched(request: Request, { revision }: CustomerAddress): Response | undefined {
  const match = request.headers.get('if-match');
  if (match === null) return injection.error(428, 'say which revision, in if-match');
  // RFC 9110, section 13.1.1: `*` is whatever there is.
  return match === '*' || match === `"${revision}"` ? undefined : injection.error(412, `the revision is ${revision}`);
}

function wire(seed: SeedAddress): CustomerAddress {
  const { id, fullName, line1, line2, city, region, postalCode, countryCode, phone } = seed;
  const createdAt = new Date(seed.createdAt).toISOString();
  return {
    address_id: id,
    revision: 1,
    full_name: fullName,
    line1,
    line2,
    city,
    region,
    postal_code: postalCode,
    country_code: countryCode,
    phone,
    created_at: createdAt,
    updated_at: createdAt,
  };
}
