import { z } from 'zod';

export const ExportId = z
  .string()
  .regex(/^[\w-]{16}$/, 'must be an export id')
  .meta({ description: 'An export', example: 'AAAAAAAAAAAAAAAA' });

/** How far an export has come. Known stages: listing, reading, done, failed, cancelled; `file` is there once it is done. */
export const ExportView = z
  .object({
    id: z.string(),
    stage: z.string(),
    percent: z.int().min(0).max(100),
    orders: z.int().nonnegative(),
    file: z.string().optional(),
  })
  .meta({ id: 'Export' });
export type ExportView = z.infer<typeof ExportView>;
