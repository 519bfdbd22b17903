import type { CatalogCategories } from '#schemas/upstream/catalog.ts';
import type { ContentPage } from '#schemas/upstream/content.ts';
import type { CategoryView } from '#schemas/view/catalog/category.ts';
import type { HomeBlock } from '#schemas/view/catalog/home.ts';
import type { ProductCard } from '#schemas/view/catalog/product-card.ts';

type Cards = ReadonlyMap<string, ProductCard>;
type Categories = ReadonlyMap<string, CategoryView>;

/** An editor's page as our blocks, with what they name put in its place. */
export function toBlocks(
  page: ContentPage,
  cards: readonly ProductCard[],
  categories: CatalogCategories | undefined,
): HomeBlock[] {
  const cardsById: Cards = new Map(cards.map((card) => [card.id, card]));
  const categoriesById: Categories = new Map(
    categories?.categories.map(({ category_id: id, display_name: name }) => [id, { id, name }] as const),
  );
  return page.blocks.flatMap((block) => toBlock(block, cardsById, categoriesById));
}

/** One block; one that would stand empty is left out. */
function toBlock(block: ContentPage['blocks'][number], cards: Cards, categories: Categories): HomeBlock[] {
  switch (block.blockType) {
    case 'heroBanner': {
      const { picture, heading: title, copy: text, cta } = block;
      const image = picture && { src: picture.url, alt: picture.altText, width: picture.w, height: picture.h };
      return [{ kind: 'hero', title, text, link: cta.target, linkText: cta.label, ...(image && { image }) }];
    }
    case 'productRail': {
      const products = block.productIds.flatMap((id) => cards.get(id) ?? []);
      return products.length === 0 ? [] : [{ kind: 'rail', title: block.heading, products }];
    }
    case 'categoryTiles': {
      const named = block.categoryIds.flatMap((id) => categories.get(id) ?? []);
      return named.length === 0 ? [] : [{ kind: 'tiles', title: block.heading, categories: named }];
    }
    case 'richText':
      return [{ kind: 'text', text: block.copy, ...(block.heading !== null && { title: block.heading }) }];
  }
}

/** Every product that the blocks name, once. */
export function productIdsIn(page: ContentPage | undefined): string[] {
  const named = page?.blocks.flatMap((block) => (block.blockType === 'productRail' ? block.productIds : [])) ?? [];
  return [...new Set(named)];
}
