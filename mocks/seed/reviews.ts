import type { SeedProduct } from './products.ts';
import { between, pick, randomFrom } from './random.ts';

const AUTHORS = 'Mira, Jonas, Aino, Théo, Priya, Samuel, Lena, Kofi, Inês, Marek, Yuki, Olivia, Ben, Sofia'.split(', ');
const GOOD = ['Just right', 'Would buy again', 'Better than expected', 'Lovely piece', 'Does what it says'];
const POOR = ['Not for me', 'Came scratched', 'Smaller than I thought', 'Expected more', 'Fine, not great'];
const SENTENCES = [
  'I have used it every day for two months now.',
  'The material feels solid and honest.',
  'Delivery took a day longer than promised.',
  'The colour is a little darker than in the picture.',
  'My sister has ordered the same one since.',
  'It was easy to set up, and there is nothing to break.',
  'For the price I had hoped for a better finish.',
];
const LATEST = Date.UTC(2026, 9, 31);
const HOUR = 3_600_000;

export interface SeedReview {
  readonly id: string;
  readonly author: string;
  readonly stars: number;
  readonly headline: string;
  readonly text: string;
  readonly at: number;
}

/** The n-th newest review of a product. */
export function reviewAt(product: SeedProduct, index: number): SeedReview {
  const random = randomFrom(product.index * 1_009 + index * 7 + 3);
  const stars = Math.max(1, Math.min(5, Math.round(product.rating / 100 + (random() - 0.5) * 2.4)));
  const first = pick(random, SENTENCES);
  const second = pick(random, SENTENCES);
  return {
    id: `r-${product.index}-${index}`,
    author: pick(random, AUTHORS),
    stars,
    headline: pick(random, stars > 3 ? GOOD : POOR),
    text: first === second ? first : `${first} ${second}`,
    at: LATEST - index * 31 * HOUR - between(random, 0, 30) * HOUR,
  };
}
