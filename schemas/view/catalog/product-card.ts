import { z } from 'zod';
import { Price } from '#schemas/view/money.ts';
import { Image } from './image.ts';
import { Rating } from './rating.ts';

/** A product where many stand side by side. Price and rating are absent where they could not be had. */
export const ProductCard = z
  .object({
    id: z.string(),
    title: z.string(),
    image: Image.optional(),
    price: Price.optional(),
    rating: Rating.optional(),
  })
  .meta({ id: 'ProductCard' });
export type ProductCard = z.infer<typeof ProductCard>;
