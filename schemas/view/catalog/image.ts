import { z } from 'zod';

export const Image = z
  .object({ src: z.url(), alt: z.string(), width: z.int().positive(), height: z.int().positive() })
  .meta({ id: 'Image' });
export type Image = z.infer<typeof Image>;
