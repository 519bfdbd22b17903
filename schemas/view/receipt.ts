import { z } from 'zod';

/** What a sender of webhooks is told. */
export const Receipt = z.object({ received: z.enum(['now', 'before']) }).meta({ id: 'Receipt' });
