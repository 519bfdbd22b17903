import { z } from 'zod';
import { Cursor } from '#schemas/view/catalog/search.ts';
import { wholeNumber } from '#schemas/view/whole-number.ts';

export const AddressId = z
  .string()
  .regex(/^a-[0-9]{6}$/, 'must be an address id such as a-000001')
  .meta({ description: 'An address id', example: 'a-000001' });

const line = (max: number) => z.string().trim().min(1).max(max);

/** An address as a customer writes it. Optional members are left out, not empty. */
export const AddressDraft = z
  .strictObject({
    name: line(80),
    line1: line(100),
    line2: line(100).optional(),
    city: line(80),
    region: line(80).optional(),
    postalCode: z
      .string()
      .trim()
      .regex(/^[\p{L}\p{N}][\p{L}\p{N} -]{1,11}$/u, 'must be a postal code')
      // In the words of JSON Schema, which has no letters of all scripts.
      .meta({ description: 'Letters and digits of any script, blanks and dashes', minLength: 2, maxLength: 12 }),
    country: z.string().regex(/^[A-Z]{2}$/, 'must be a country by ISO 3166-1, such as DE'),
    phone: z
      .string()
      .regex(/^\+[1-9]\d{6,14}$/, 'must be a phone number by E.164, such as +4930123456')
      .optional(),
  })
  .meta({ id: 'AddressDraft' });
export type AddressDraft = z.infer<typeof AddressDraft>;

/** A change of an address (RFC 7396): named members replace, null removes an optional one. */
export const AddressPatch = z
  .strictObject({
    ...AddressDraft.partial().shape,
    line2: AddressDraft.shape.line2.nullable(),
    region: AddressDraft.shape.region.nullable(),
    phone: AddressDraft.shape.phone.nullable(),
  })
  .meta({ id: 'AddressPatch' });

/** An address as it is stored: it may be older than our rules for writing one. */
export const AddressView = z
  .object({
    id: z.string(),
    name: z.string(),
    line1: z.string(),
    line2: z.string().optional(),
    city: z.string(),
    region: z.string().optional(),
    postalCode: z.string(),
    country: z.string(),
    phone: z.string().optional(),
    createdAt: z.iso.datetime(),
    changedAt: z.iso.datetime(),
  })
  .meta({ id: 'Address' });
export type AddressView = z.infer<typeof AddressView>;

export const AddressesInput = z.object({ limit: wholeNumber(1, 50).default(10), cursor: Cursor.optional() });
export const AddressesView = z
  .object({ items: z.array(AddressView), next: z.string().optional() })
  .meta({ id: 'Addresses' });
