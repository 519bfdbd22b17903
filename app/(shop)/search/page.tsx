import type { Metadata } from 'next';
import { read } from '#app/adapter.ts';
import { Pages } from '#app/components/pages.tsx';
import { guarded } from '#app/guarded.tsx';
import { first, type Query } from '#app/query.ts';
import { getCategories } from '#operations/catalog/categories.ts';
import { searchProducts } from '#operations/catalog/search.ts';
import type { CategoryBranch } from '#schemas/view/catalog/category.ts';
import { type Asked, FIELDS } from './asked.ts';
import { Filters } from './filters.tsx';
import { Results } from './results.tsx';

interface Props {
  readonly searchParams: Promise<Query>;
}

/** What the page takes out of its query; of a repeated key the first. */
function askedOf(query: Query): Asked {
  const asked: Asked = {};
  for (const field of FIELDS) {
    const value = first(query[field]);
    if (value) asked[field] = value;
  }
  return asked;
}

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  const { q } = askedOf(await searchParams);
  return { title: q ? `“${q}”` : 'All products' };
}

export default function SearchPage(props: Props) {
  return guarded(() => searchPage(props));
}

async function searchPage({ searchParams }: Props) {
  const asked = askedOf(await searchParams);
  const found = await read(searchProducts, asked);
  const { total, next } = found;
  const categories = await categoriesIn(asked.scenario);
  return (
    <div className="section">
      <h1>{asked.q ? `“${asked.q}”` : nameOf(asked, categories)}</h1>
      <p className="soft">{total === 1 ? '1 product' : `${total.toLocaleString('en')} products`}</p>
      <Filters asked={asked} categories={categories} />
      <Results asked={asked} rendered={found} />
      <Pages path="/search" query={{ ...asked, cursor: undefined }} cursor={asked.cursor} next={next} />
    </div>
  );
}

/** Without the catalog's tree there is nothing to choose from, and the results stand all the same. */
async function categoriesIn(scenario: string | undefined): Promise<readonly CategoryBranch[]> {
  const tree = await read(getCategories, { scenario }).catch(() => undefined);
  return tree?.categories ?? [];
}

function nameOf({ category }: Asked, categories: readonly CategoryBranch[]): string {
  if (category === undefined) return 'All products';
  return (
    categories.flatMap((branch) => [branch, ...branch.children]).find(({ id }) => id === category)?.name ?? category
  );
}
