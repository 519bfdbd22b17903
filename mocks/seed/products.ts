import { CATEGORIES, type Category } from './categories.ts';
import { between, pick, randomFrom } from './random.ts';

export const PRODUCT_COUNT = 10_000;

const BRANDS =
  'Fjordling, Halden, Norrvik, Solveig, Arden & Co, Kesto, Morrow, Tallis, Vantaa, Oriel, Brisk, Loam'.split(', ');
const QUALITIES = 'Classic, Light, Nordic, Everyday, Alpine, Studio, Quiet, Compact, Heritage, Weekend'.split(', ');
const COLOURS = 'sand, moss, slate, rust, indigo, chalk, pine, clay'.split(', ');
const FIRST_DAY = Date.UTC(2023, 0, 1);
const DAY = 86_400_000;

/** One product of the shop, as all upstreams know it; each has its own part of it in its own words. */
export interface SeedProduct {
  readonly id: string;
  readonly index: number;
  readonly title: string;
  readonly brand: string;
  readonly description: string;
  readonly category: Category;
  readonly colour: string;
  readonly material: string;
  readonly weightGrams: number;
  readonly imageCount: number;
  readonly hue: number;
  readonly createdAt: number;
  readonly cents: number;
  readonly wasCents: number | null;
  readonly stock: number;
  readonly restockAt: number | null;
  readonly reviewCount: number;
  /** Hundredths of a star. */
  readonly rating: number;
}

const made: (SeedProduct | undefined)[] = new Array(PRODUCT_COUNT);

export function productId(index: number): string {
  return `p-${String(index).padStart(6, '0')}`;
}

/** The product with this id; undefined where there is none. */
export function productById(id: string): SeedProduct | undefined {
  const match = /^p-([0-9]{6})$/.exec(id);
  const index = match ? Number(match[1]) : PRODUCT_COUNT;
  return index < PRODUCT_COUNT ? productAt(index) : undefined;
}

/** The product at this place, made when it is first asked for: the seed costs nothing at start. */
export function productAt(index: number): SeedProduct {
  let product = made[index];
  if (product === undefined) {
    product = makeProduct(index);
    made[index] = product;
  }
  return product;
}

function makeProduct(index: number): SeedProduct {
  const random = randomFrom(index + 1);
  const category = CATEGORIES[index % CATEGORIES.length] as Category;
  const brand = pick(random, BRANDS);
  const noun = pick(random, category.nouns);
  const material = pick(random, category.materials);
  const colour = pick(random, COLOURS);
  const title = `${brand} ${pick(random, QUALITIES)} ${noun}`;
  // Cheap things are common: the square bends the spread towards the lower end.
  const cents =
    Math.round((category.cheapest + random() ** 2 * (category.dearest - category.cheapest)) / 100) * 100 - 1;
  const isOnSale = random() < 0.15;
  const stock = random() < 0.08 ? 0 : between(random, 1, 140);
  const reviewCount = random() < 0.1 ? 0 : Math.floor(random() ** 3 * 900);
  return {
    id: productId(index),
    index,
    title,
    brand,
    description:
      `${noun} in ${colour} ${material}, made to be used every day and repaired when it wears. ` +
      `${brand} has made ${category.name.toLowerCase()} since ${between(random, 1921, 2015)}, in small runs and without fuss.`,
    category,
    colour,
    material,
    weightGrams: between(random, 80, 900),
    imageCount: between(random, 2, 4),
    hue: between(random, 0, 359),
    createdAt: FIRST_DAY + between(random, 0, 1_300) * DAY,
    cents,
    wasCents: isOnSale ? Math.round((cents * between(random, 112, 160)) / 10_000) * 100 + 99 : null,
    stock,
    restockAt: stock === 0 && random() < 0.7 ? Date.UTC(2026, 11, between(random, 1, 28)) : null,
    reviewCount,
    rating: between(random, 280, 495),
  };
}
