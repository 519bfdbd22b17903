import { z } from 'zod';

/** The answer to a sender of webhooks. */
export const Receipt = z.object({ received: z.enum(['now', 'before']) }).meta({ id: 'Receipt' });
