import { z } from 'zod';
import { created, done, found } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { required } from '#kernel/flow/section.ts';
import type { Tools } from '#kernel/flow/tools.ts';
import { applyMergePatch } from '#kernel/http/request/merge-patch.ts';
import { addressPage } from '#operations/parts/address-page.ts';
import { orRefuse } from '#operations/parts/or-refuse.ts';
import { addressEtag, draftOf, fromDraft, toAddress } from '#operations/shape/address.ts';
import type { CustomerAddressDraft } from '#schemas/upstream/customers.ts';
import {
  AddressDraft,
  AddressesInput,
  AddressesView,
  AddressId,
  AddressPatch,
  AddressView,
} from '#schemas/view/account/address.ts';
import { customers } from '#services/customers.ts';

const common = { audience: 'personal', deadline: 2_500 } as const;
const one = { input: z.object({ id: AddressId }), example: { id: 'a-000001' } } as const;

/** The address after the change: from the upstream's answer, or read again. */
async function changedTo(need: Tools['need'], id: string, draft: CustomerAddressDraft, version: string | undefined) {
  const changed = await orRefuse(need(customers.changeAddress(id, draft, version)));
  return changed ?? need(customers.address(id));
}

export const listAddresses = operation(
  {
    ...common,
    id: 'listAddresses',
    route: 'GET /api/addresses',
    summary: 'The customer’s addresses, page by page',
    input: AddressesInput,
    example: { limit: '10' },
    output: AddressesView,
  },
  ({ limit, cursor }, { all }) =>
    all({ page: required(addressPage(limit, cursor)) }, ({ page: { addresses, onward } }) => ({
      items: addresses.map(toAddress),
      ...onward,
    })),
);

export const createAddress = operation(
  {
    ...common,
    id: 'createAddress',
    form: true,
    route: 'POST /api/addresses',
    summary: 'Adds an address',
    input: z.object({}),
    example: {},
    body: { kind: 'json', schema: AddressDraft, limit: 10_000 },
    answers: { 201: AddressView },
  },
  async (_, { need, body, key }) => {
    const address = await need(customers.addAddress(fromDraft(body), key));
    const view = toAddress(address);
    return created(view, { at: `/api/addresses/${view.id}`, etag: addressEtag(address) });
  },
);

export const getAddress = operation(
  {
    ...common,
    ...one,
    id: 'getAddress',
    route: 'GET /api/addresses/{id}',
    summary: 'One address, with the ETag that a change of it needs',
    answers: { 200: AddressView },
  },
  async ({ id }, { need }) => {
    const address = await orRefuse(need(customers.address(id)));
    return found(toAddress(address), { etag: addressEtag(address) });
  },
);

export const replaceAddress = operation(
  {
    ...common,
    ...one,
    id: 'replaceAddress',
    form: true,
    route: 'PUT /api/addresses/{id}',
    summary: 'Replaces an address as it was read',
    body: { kind: 'json', schema: AddressDraft, limit: 10_000 },
    writes: { match: true },
    answers: { 200: AddressView },
  },
  async ({ id }, { need, body, version }) => {
    const changed = await changedTo(need, id, fromDraft(body), version);
    return found(toAddress(changed), { etag: addressEtag(changed) });
  },
);

export const patchAddress = operation(
  {
    ...common,
    ...one,
    id: 'patchAddress',
    route: 'PATCH /api/addresses/{id}',
    summary: 'Changes parts of an address as it was read (RFC 7396)',
    body: { kind: 'mergePatch', schema: AddressPatch, limit: 10_000 },
    writes: { match: true },
    answers: { 200: AddressView },
  },
  async ({ id }, { need, body, version }) => {
    const before = await orRefuse(need(customers.address(id)));
    if (version !== undefined && version !== String(before.revision))
      refuse('precondition-failed', 'It has changed since the version that you named.');
    // Only the changed members are validated, and the body's schema has done so: the stored ones may be older than our
    // rules.
    const draft = fromDraft(applyMergePatch(draftOf(toAddress(before)), body) as AddressDraft);
    // The version that was named, not the one just read: what changed in between is the client's to see first.
    const changed = await changedTo(need, id, draft, version ?? String(before.revision));
    return found(toAddress(changed), { etag: addressEtag(changed) });
  },
);

export const deleteAddress = operation(
  {
    ...common,
    ...one,
    id: 'deleteAddress',
    form: true,
    route: 'DELETE /api/addresses/{id}',
    summary: 'Removes an address as it was read',
    writes: { match: true },
    answers: { 204: undefined },
  },
  async ({ id }, { need, version }) => {
    await orRefuse(need(customers.removeAddress(id, version)));
    return done();
  },
);
