'use client';

import { Notice } from '#app/components/notice.tsx';
import { ProductCard } from '#app/components/product-card.tsx';
import { useLatest } from '#app/live.ts';
import type { Whole } from '#kernel/http/page.ts';
import type { searchProducts } from '#operations/search.ts';
import type { SearchView } from '#schemas/view/search.ts';

interface Props {
  readonly address: string;
  readonly rendered: Whole<SearchView>;
}

/** What was found, as it is now. */
export function Results({ address, rendered }: Props) {
  const { items, meta } = useLatest<typeof searchProducts>(address, rendered);
  return (
    <>
      <Notice meta={meta} section="page.items.prices" what="Prices" />
      <Notice meta={meta} section="page.items.ratings" what="Ratings" />
      {items.length === 0 ? (
        <div className="empty">
          <h2>Nothing fits</h2>
          <p className="soft">Fewer words find more; a category less, too.</p>
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
    </>
  );
}
