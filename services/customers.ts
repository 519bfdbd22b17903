import { cache } from '#kernel/cache/policy.ts';
import { purgingPrivate } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import {
  Customer,
  CustomerAddress,
  type CustomerAddressDraft,
  CustomerAddressPage,
} from '#schemas/upstream/customers.ts';
import { tags } from './tags.ts';

const http = upstream('customers', { timeout: 800, attempts: 2, parallel: 64 }).asUser;

/** The upstream compares revisions as they stand in quotes. */
const ifMatch = (revision: string | undefined) => ({ 'if-match': revision === undefined ? '*' : `"${revision}"` });

const ofAddresses = cache.none.tagged(tags.addresses);

/** All of it under the user's own token: nothing is cached, and no user sees another's. */
export const customers = {
  me: () => http.get(path`me`, Customer, cache.none.tagged(tags.customer)),
  addresses: (pageSize: number, pageToken?: string) =>
    http.get(
      path`me/addresses`.query({ page_size: pageSize, page_token: pageToken }),
      CustomerAddressPage,
      ofAddresses,
    ),
  address: (id: string) => http.get(path`me/addresses/${id}`, CustomerAddress, ofAddresses),
  addAddress: (draft: CustomerAddressDraft, key: string | undefined) =>
    purgingPrivate(http.post(path`me/addresses`, draft, CustomerAddress, { 'idempotency-key': key }), tags.addresses),
  changeAddress: (id: string, draft: CustomerAddressDraft, revision: string | undefined) =>
    purgingPrivate(
      http.put(path`me/addresses/${id}`, draft, CustomerAddress.optional(), ifMatch(revision)),
      tags.addresses,
    ),
  removeAddress: (id: string, revision: string | undefined) =>
    purgingPrivate(http.delete(path`me/addresses/${id}`, ifMatch(revision)), tags.addresses),
};
