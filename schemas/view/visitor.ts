import { z } from 'zod';

/** Whoever looks at a page, as the head of every page shows them; `pieces` is how much they have put aside. */
export const VisitorView = z
  .object({ signedIn: z.boolean(), name: z.string().optional(), pieces: z.int().nonnegative().optional() })
  .meta({ id: 'Visitor' });
