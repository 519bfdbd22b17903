import { z } from 'zod';

const HeroBanner = z.object({
  blockType: z.literal('heroBanner'),
  heading: z.string(),
  copy: z.string(),
  picture: z.object({ url: z.url(), altText: z.string(), w: z.int().positive(), h: z.int().positive() }).nullable(),
  cta: z.object({ label: z.string(), target: z.string().regex(/^\/(?![/\\])/) }),
});
const ProductRail = z.object({
  blockType: z.literal('productRail'),
  heading: z.string(),
  productIds: z.array(z.string().regex(/^p-[0-9]{6}$/)),
});
const CategoryTiles = z.object({
  blockType: z.literal('categoryTiles'),
  heading: z.string(),
  categoryIds: z.array(z.string().regex(/^[a-z][a-z0-9-]{0,39}$/)),
});
const RichText = z.object({ blockType: z.literal('richText'), heading: z.string().nullable(), copy: z.string() });

/** A page as the editors laid it out, block by block. */
export const ContentPage = z.object({
  blocks: z.array(z.discriminatedUnion('blockType', [HeroBanner, ProductRail, CategoryTiles, RichText])),
});
export type ContentPage = z.infer<typeof ContentPage>;
