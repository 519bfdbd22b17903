import { z } from 'zod';

export const ProductId = z
  .string()
  .regex(/^p-[0-9]{6}$/, 'must be a product id such as p-000042')
  .meta({ description: 'A product id', example: 'p-000042' });
export type ProductId = z.infer<typeof ProductId>;
