import { z } from 'zod';
import { DEFAULT_LOCALE, Locale } from '#schemas/view/locale.ts';
import { Currency } from '#schemas/view/money.ts';
import { CategoryView } from './category.ts';
import { Image } from './image.ts';
import { ProductCard } from './product-card.ts';

export const HomeInput = z.object({ currency: Currency.default('EUR'), locale: Locale.default(DEFAULT_LOCALE) });

const Hero = z
  .object({
    kind: z.literal('hero'),
    title: z.string(),
    text: z.string(),
    image: Image.optional(),
    link: z.string(),
    linkText: z.string(),
  })
  .meta({ id: 'HeroBlock' });
const Rail = z
  .object({ kind: z.literal('rail'), title: z.string(), products: z.array(ProductCard) })
  .meta({ id: 'RailBlock' });
const Tiles = z
  .object({ kind: z.literal('tiles'), title: z.string(), categories: z.array(CategoryView) })
  .meta({ id: 'TilesBlock' });
const Text = z
  .object({ kind: z.literal('text'), title: z.string().optional(), text: z.string() })
  .meta({ id: 'TextBlock' });

export const HomeBlock = z.discriminatedUnion('kind', [Hero, Rail, Tiles, Text]).meta({ id: 'HomeBlock' });
export type HomeBlock = z.infer<typeof HomeBlock>;

/** The home page: what the editors laid out, with the products that they named. */
export const HomeView = z.object({ blocks: z.array(HomeBlock) }).meta({ id: 'Home' });
export type HomeView = z.infer<typeof HomeView>;
