import { HttpResponse, http } from 'msw';
import type { ContentPage } from '#schemas/upstream/content.ts';
import { type Conduct, type FaultInjection, misbehave } from './misbehave.ts';
import { CATEGORIES } from './seed/categories.ts';
import { homeTexts } from './seed/home-texts.ts';
import { productId } from './seed/products.ts';

const injection: FaultInjection = {
  error: (status, message) => HttpResponse.json({ errors: [{ message }] }, { status }),
  drift: (answer: ContentPage) => ({
    ...answer,
    blocks: answer.blocks.map((block) => ({ ...block, blockType: `v2/${block.blockType}` })),
  }),
  empty: (answer: ContentPage) => ({ ...answer, blocks: [] }),
};

/** What editors' tools add to everything, unused. */
const NOISE = { slug: 'home', _meta: { revision: 41, editor: 'bot-7', flags: { draft: false } } };

export function contentHandlers(conduct: Conduct) {
  return [
    http.get('*/content/pages/home', ({ request }) =>
      misbehave('content', request, conduct, injection, () => homePage(request)),
    ),
  ];
}

function homePage(request: Request): ContentPage & { locale: string } {
  const { origin, searchParams } = new URL(request.url);
  const { locale, hero, latest, departments, cold, repairs } = homeTexts(searchParams.get('locale'));
  const rail = (start: number, step: number, count: number) =>
    Array.from({ length: count }, (_, index) => productId((start + index * step) % 10_000));
  return {
    ...NOISE,
    locale,
    blocks: [
      {
        blockType: 'heroBanner',
        heading: hero.heading,
        copy: hero.copy,
        picture: { url: `${origin}/catalog/images/${productId(1_200)}/1.svg`, altText: hero.altText, w: 400, h: 400 },
        cta: { label: hero.label, target: '/search?category=lamps' },
      },
      { blockType: 'productRail', heading: latest, productIds: rail(17, 613, 8) },
      { blockType: 'categoryTiles', heading: departments, categoryIds: CATEGORIES.slice(0, 8).map(({ id }) => id) },
      { blockType: 'productRail', heading: cold, productIds: rail(9, 1_188, 8) },
      { blockType: 'richText', ...repairs },
    ],
  };
}
