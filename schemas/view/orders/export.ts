import { z } from 'zod';
import { openWord } from '#schemas/view/open-word.ts';

export const ExportId = z
  .string()
  .regex(/^[\w-]{16}$/, 'must be an export id')
  .meta({ description: 'An export', example: 'AAAAAAAAAAAAAAAA' });

/** How far an export has come; `file` is there once it is done, `failure` says why it has failed. */
export const ExportView = z
  .object({
    id: z.string(),
    stage: openWord('listing', 'reading', 'done', 'failed', 'cancelled'),
    percent: z.int().min(0).max(100),
    orders: z.int().nonnegative(),
    file: z.string().optional(),
    failure: openWord('unavailable', 'list-broken', 'too-many').optional(),
  })
  .meta({ id: 'Export' });
export type ExportView = z.infer<typeof ExportView>;
