import { z } from 'zod';

const time = z.iso.datetime();
const count = z.int().min(0).max(1_000_000_000);

/** Which hop had a purge when; each by its own clock. */
export const PurgeReceiptView = z
  .object({
    id: z.string(),
    /** Null where everything was purged. Of a private tag, its owner stays out. */
    tags: z.array(z.string()).nullable(),
    /** A webhook's sender, type and id, or what else asked for it; null for what an older build wrote. */
    by: z.string().nullable(),
    /** When the webhook came in. */
    received: time.nullable(),
    logged: time.nullable(),
    /** When each instance had it, and how many watchers it has brought up to date; to `changed` of them it looks different. */
    instances: z.array(
      z.object({ instance: z.string(), at: time, told: count, changed: count, lastTold: time.nullable() }),
    ),
    /** From when on no instance takes anything older from the shared tier; null where none shares one. */
    tier: time.nullable(),
    /** When the CDN has confirmed it, and again a few seconds later, for what was on its way. */
    cdn: z.array(z.object({ name: z.string(), at: time, again: z.boolean(), instance: z.string() })),
  })
  .meta({ id: 'PurgeReceipt' });

export type PurgeReceiptView = z.output<typeof PurgeReceiptView>;
