import { z } from 'zod';

/** What buyers think, in one number; null while nobody has said. */
export const Rating = z
  .object({ average: z.number().min(0).max(5).nullable(), count: z.int().nonnegative() })
  .meta({ id: 'Rating' });
export type Rating = z.infer<typeof Rating>;
