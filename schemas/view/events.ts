import { z } from 'zod';

const MOST_TOPICS = 10;
const MOST_WATCHED = 20;
const LONGEST_ADDRESS = 1_024;

/** What a tab listens to. Addresses stand one after the other: a comma before a slash begins the next one. */
export const EventsInput = z.object({
  topics: z
    .string()
    .max(400)
    .transform((text) => text.split(',').filter((name) => name !== ''))
    .refine((names) => names.length <= MOST_TOPICS, `has more than ${MOST_TOPICS} topics`)
    .default([]),
  watch: z
    .string()
    .transform((text) => text.split(/,(?=\/)/).filter((address) => address !== ''))
    .refine((all) => all.length <= MOST_WATCHED, `has more than ${MOST_WATCHED} addresses`)
    .refine((all) => all.every(({ length }) => length <= LONGEST_ADDRESS), 'has an address that is too long')
    .refine((all) => all.every((address) => address.startsWith('/api/')), 'takes addresses below /api/')
    .default([]),
});
