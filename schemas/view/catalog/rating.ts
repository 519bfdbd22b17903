import { z } from 'zod';

/** The average rating, in one number; null without reviews. */
export const Rating = z
  .object({ average: z.number().min(0).max(5).nullable(), count: z.int().nonnegative() })
  .meta({ id: 'Rating' });
export type Rating = z.infer<typeof Rating>;
