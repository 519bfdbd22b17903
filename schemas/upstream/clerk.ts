import { z } from 'zod';

const Milliseconds = z.int().optional();

/** What we read of Clerk's user events; `timestamp` is when it happened, in milliseconds since 1970, if given. */
export const ClerkUserEvent = z.object({
  timestamp: Milliseconds,
  data: z.object({ id: z.string(), updated_at: Milliseconds }),
});

export const ClerkSessionEvent = z.object({
  timestamp: Milliseconds,
  data: z.object({ id: z.string(), user_id: z.string(), updated_at: Milliseconds }),
});
