import { z } from 'zod';

/** Products that a model thinks of, best first. */
export const Recommendations = z.object({
  recs: z.array(z.object({ item: z.string().regex(/^p-[0-9]{6}$/) })),
});
export type Recommendations = z.infer<typeof Recommendations>;
