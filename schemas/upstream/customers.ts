import { z } from 'zod';
import { UpstreamCursor } from './cursor.ts';
import { Instant } from './instant.ts';

const AddressId = z.string().regex(/^a-[0-9]{6}$/);

/** Who a bearer token stands for. */
export const Customer = z.object({
  given_name: z.string(),
  family_name: z.string(),
  email: z.email(),
  phone: z.string().nullable(),
  member_since: Instant,
  segment: z.enum(['standard', 'gold']),
  default_address_id: AddressId.nullable(),
});
export type Customer = z.infer<typeof Customer>;

/** An address as it is sent, new or changed; an optional part that is left out is null. */
export const CustomerAddressDraft = z.object({
  full_name: z.string().min(1),
  line1: z.string().min(1),
  line2: z.string().nullable().default(null),
  city: z.string().min(1),
  region: z.string().nullable().default(null),
  postal_code: z.string().min(1),
  country_code: z.string().regex(/^[A-Z]{2}$/),
  phone: z.string().nullable().default(null),
});
export type CustomerAddressDraft = z.infer<typeof CustomerAddressDraft>;

/** An address as it is stored. `If-Match` takes its `revision`, in quotes. */
export const CustomerAddress = z.object({
  address_id: AddressId,
  revision: z.int().positive(),
  full_name: z.string(),
  line1: z.string(),
  line2: z.string().nullable(),
  city: z.string(),
  region: z.string().nullable(),
  postal_code: z.string(),
  country_code: z.string().regex(/^[A-Z]{2}$/),
  phone: z.string().nullable(),
  created_at: Instant,
  updated_at: Instant,
});
export type CustomerAddress = z.infer<typeof CustomerAddress>;

/** One page of the addresses, oldest first; `next_page_token` is null on the last. */
export const CustomerAddressPage = z.object({
  addresses: z.array(CustomerAddress.omit({ revision: true })),
  next_page_token: UpstreamCursor,
});
export type CustomerAddressPage = z.infer<typeof CustomerAddressPage>;
