import { versionEtag } from '#kernel/http/negotiation/preconditions.ts';
import { fingerprint } from '#kernel/upstream/calls/fingerprint.ts';
import type { CustomerAddress, CustomerAddressDraft } from '#schemas/upstream/customers.ts';
import { type AddressDraft, AddressView } from '#schemas/view/account/address.ts';

export function toAddress(address: Omit<CustomerAddress, 'revision'>): AddressView {
  const { line2, region, phone } = address;
  return {
    id: address.address_id,
    name: address.full_name,
    line1: address.line1,
    ...(line2 !== null && { line2 }),
    city: address.city,
    ...(region !== null && { region }),
    postalCode: address.postal_code,
    country: address.country_code,
    ...(phone !== null && { phone }),
    createdAt: address.created_at,
    changedAt: address.updated_at,
  };
}

/** The parts that a customer writes. */
export function draftOf({ id: _, createdAt: __, changedAt: ___, ...draft }: AddressView): AddressDraft {
  return draft;
}

export function fromDraft(draft: AddressDraft): CustomerAddressDraft {
  return {
    full_name: draft.name,
    line1: draft.line1,
    line2: draft.line2 ?? null,
    city: draft.city,
    region: draft.region ?? null,
    postal_code: draft.postalCode,
    country_code: draft.country,
    phone: draft.phone ?? null,
  };
}

const GENERATION = fingerprint(AddressView).replaceAll('-', '_');

/** The upstream's revision, and which view of it this is. */
export const addressEtag = ({ revision }: CustomerAddress): string => versionEtag(revision, GENERATION);
