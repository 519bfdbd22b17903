import type { Metadata } from 'next';
import { getCategories } from '#operations/categories.ts';
import { searchProducts } from '#operations/search.ts';
import { SORTS } from '#schemas/view/search.ts';
import { Notice } from '../components/notice.tsx';
import { ProductCard } from '../components/product-card.tsx';
import { Wholeness } from '../components/wholeness.tsx';
import { isReadError, read } from '../door.ts';
import { first, type Query } from '../query.ts';

interface Props {
  readonly searchParams: Promise<Query>;
}

const FIELDS = ['q', 'category', 'sort', 'cursor', 'scenario'] as const;
type Asked = Partial<Record<(typeof FIELDS)[number], string>>;

/** What the page takes out of its query; of a repeated key the first. */
function askedOf(query: Query): Asked {
  const asked: Asked = {};
  for (const field of FIELDS) {
    const value = first(query[field]);
    if (value) asked[field] = value;
  }
  return asked;
}

const hrefFor = (asked: Asked) => `/search?${new URLSearchParams(asked)}`;

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  const { q } = askedOf(await searchParams);
  return { title: q ? `“${q}”` : 'All products' };
}

export default async function SearchPage({ searchParams }: Props) {
  const asked = askedOf(await searchParams);
  const result = await read(searchProducts, asked).catch((error: unknown) => {
    if (isReadError(error) && error.slug === 'invalid-request') return undefined;
    throw error;
  });
  if (result === undefined) return <BadSearch />;
  const { items, total, next, meta } = result;
  return (
    <>
      <div className="section">
        <h1>{asked.q ? `“${asked.q}”` : await nameOf(asked)}</h1>
        <p className="soft">{total === 1 ? '1 product' : `${total.toLocaleString('en')} products`}</p>
        <nav className="tiles" aria-label="Order">
          {SORTS.map((sort) => {
            const { cursor: _, ...rest } = asked;
            const isCurrent = (asked.sort ?? 'relevance') === sort;
            return (
              <a
                key={sort}
                className="chip"
                href={hrefFor({ ...rest, sort })}
                aria-current={isCurrent ? 'true' : undefined}
              >
                {sort}
              </a>
            );
          })}
        </nav>
        <Notice meta={meta} section="page.items.prices" what="Prices" />
        <Notice meta={meta} section="page.items.ratings" what="Ratings" />
        {items.length === 0 ? (
          <div className="empty">
            <p>Nothing fits. Fewer words find more.</p>
            <a className="button" href="/search">
              See everything
            </a>
          </div>
        ) : (
          <section aria-labelledby="results">
            <h2 id="results" className="visually-hidden">
              Results
            </h2>
            <ul className="grid">
              {items.map((card) => (
                <ProductCard key={card.id} card={card} />
              ))}
            </ul>
          </section>
        )}
        {next && (
          <p>
            <a className="button" rel="next" href={hrefFor({ ...asked, cursor: next })}>
              Next page
            </a>
          </p>
        )}
      </div>
      <Wholeness meta={meta} />
    </>
  );
}

async function nameOf({ category, scenario }: Asked): Promise<string> {
  if (category === undefined) return 'All products';
  const { categories } = await read(getCategories, { scenario });
  return (
    categories.flatMap((branch) => [branch, ...branch.children]).find(({ id }) => id === category)?.name ?? category
  );
}

function BadSearch() {
  return (
    <div className="empty">
      <h1>That search can’t be read</h1>
      <p>Something in the address is not as the shop makes it: a word too long, or a page that no list has.</p>
      <a className="button" href="/search">
        Start over
      </a>
    </div>
  );
}
