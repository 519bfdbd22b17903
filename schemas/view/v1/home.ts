import { z } from 'zod';

/** An amount in the major unit, as text: `129.00`. */
const Amount = z.string().regex(/^\d+(\.\d+)?$/);

const ProductV1 = z
  .object({
    product_id: z.string(),
    name: z.string(),
    image_url: z.string().nullable(),
    /** Null if unknown at the moment. */
    price: Amount.nullable(),
    old_price: Amount.nullable(),
    currency: z.string(),
    rating: z.number().nullable(),
    available: z.boolean(),
  })
  .meta({ id: 'ProductV1' });
export type ProductV1 = z.infer<typeof ProductV1>;

/** The first screen as apps before 2.0 know it: every key is always there, null or empty where there is nothing. */
export const HomeV1View = z
  .object({
    banner: z
      .object({ headline: z.string(), body: z.string(), image_url: z.string().nullable(), target: z.string() })
      .nullable(),
    sections: z.array(z.object({ title: z.string(), products: z.array(ProductV1) })),
    categories: z.array(z.object({ category_id: z.string(), name: z.string() })),
    cart_count: z.int().nonnegative(),
    last_order: z
      .object({ order_id: z.string(), status: z.string(), total: Amount, currency: z.string(), created_at: z.string() })
      .nullable(),
  })
  .meta({ id: 'HomeV1' });
export type HomeV1View = z.infer<typeof HomeV1View>;
