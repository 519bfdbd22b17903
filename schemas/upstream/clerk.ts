import { z } from 'zod';

/** What we read of Clerk's user events; `timestamp` is when it happened, in milliseconds since 1970. */
export const ClerkUserEvent = z.object({
  timestamp: z.int(),
  data: z.object({ id: z.string() }),
});

export const ClerkSessionEvent = z.object({
  timestamp: z.int(),
  data: z.object({ id: z.string(), user_id: z.string() }),
});
