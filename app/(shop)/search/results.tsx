'use client';

import { ProductCard } from '#app/components/catalog/product-card.tsx';
import { Notice } from '#app/components/states/notice.tsx';
import { type InputOf, useLatest } from '#app/live.ts';
import type { ViewWithMeta } from '#kernel/http/pages/page.ts';
import type { SearchView } from '#schemas/view/catalog/search.ts';
import type { Asked } from './asked.ts';

interface Props {
  readonly asked: Asked;
  readonly rendered: ViewWithMeta<SearchView>;
}

/** The search results, live. */
export function Results({ asked, rendered }: Props) {
  // The server has read it: what it could not is no page of results.
  const { items, meta } = useLatest('GET /api/products', asked as InputOf<'GET /api/products'>, rendered);
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
