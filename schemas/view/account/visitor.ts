import { z } from 'zod';

/** The visitor as the head of every page shows them; `pieces` is how much is in their cart. */
export const VisitorView = z
  .object({ signedIn: z.boolean(), name: z.string().optional(), pieces: z.int().nonnegative().optional() })
  .meta({ id: 'Visitor' });
