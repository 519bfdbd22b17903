import { z } from 'zod';

/** Products that a model thinks of, best first. */
export const Recommendations = z.object({
  model: z.string(),
  recs: z.array(
    z.object({ item: z.string().regex(/^p-[0-9]{6}$/), score: z.number().min(0).max(1), reason: z.string() }),
  ),
});
export type Recommendations = z.infer<typeof Recommendations>;
