import type { Metadata } from 'next';
import { Suspense } from 'react';
import { Notice } from '#app/components/notice.tsx';
import { Price } from '#app/components/price.tsx';
import { Wholeness } from '#app/components/wholeness.tsx';
import { open } from '#app/door.ts';
import { getProduct } from '#operations/product.ts';
import { Gallery } from './gallery.tsx';
import { Late } from './late.tsx';
import { Related } from './related.tsx';
import { Reviews } from './reviews.tsx';
import { StarsOrNotice, StockOrNotice } from './signals.tsx';

interface Props {
  readonly params: Promise<{ readonly id: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params;
  const { first } = await open(getProduct, { id });
  return { title: first.title, description: first.description };
}

export default async function ProductPage({ params }: Props) {
  const { id } = await params;
  const { first, late } = await open(getProduct, { id });
  return (
    <div className="stack">
      <article className="product">
        <Gallery images={first.images} />
        <div className="facts">
          <p className="soft">{first.brand}</p>
          <h1>{first.title}</h1>
          <Late first={first} later={late.rating}>
            {(view) => <StarsOrNotice view={view} />}
          </Late>
          <Price price={first.price} large />
          <Notice meta={first.meta} section="price" what="The price" />
          <Late first={first} later={late.stock}>
            {(view) => <StockOrNotice view={view} />}
          </Late>
          <p>{first.description}</p>
          <dl className="attributes">
            {first.attributes.map(({ name, value }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </div>
      </article>
      <Late first={first} later={late.related}>
        {(view) => <Related view={view} />}
      </Late>
      <Suspense fallback={<div className="waiting" />}>
        <Reviews id={id} />
      </Suspense>
      <Late first={first} later={lastOf(late)}>
        {(view) => <Wholeness meta={view.meta} />}
      </Late>
    </div>
  );
}

/** The view once every late part is in. */
function lastOf<V>(late: Readonly<Record<string, Promise<V>>>): Promise<V> | undefined {
  const views = Object.values(late);
  return views.length === 0 ? undefined : Promise.all(views).then((all) => all.at(-1) as V);
}
