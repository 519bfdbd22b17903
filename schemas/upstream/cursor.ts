import { z } from 'zod';

/** What still fits into an address once it is encoded. */
const MAX_BYTES = 5_000;

/** Where a list goes on, in whatever text its upstream writes that; null at its end, for which some send nothing, or "". */
export const UpstreamCursor = z
  .string()
  .refine(canBeSent, `must be text of at most ${MAX_BYTES} bytes`)
  .nullish()
  .transform((position) => position || null);

function canBeSent(text: string): boolean {
  return text.isWellFormed() && new TextEncoder().encode(text).length <= MAX_BYTES;
}
