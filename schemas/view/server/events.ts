import { z } from 'zod';

const MAX_TOPICS = 10;
const MAX_WATCHED = 20;
const MAX_ADDRESS_LENGTH = 1_024;

/** What a tab listens to. Addresses stand one after the other: a comma before a slash begins the next one. */
export const EventsInput = z.object({
  topics: z
    .string()
    .max(400)
    .transform((text) => text.split(',').filter((name) => name !== ''))
    .refine((names) => names.length <= MAX_TOPICS, `has more than ${MAX_TOPICS} topics`)
    .default([]),
  watch: z
    .string()
    .transform((text) => text.split(/,(?=\/)/).filter((address) => address !== ''))
    .refine((all) => all.length <= MAX_WATCHED, `has more than ${MAX_WATCHED} addresses`)
    .refine((all) => all.every(({ length }) => length <= MAX_ADDRESS_LENGTH), 'has an address that is too long')
    .refine((all) => all.every((address) => address.startsWith('/api/')), 'takes addresses below /api/')
    .default([]),
});
