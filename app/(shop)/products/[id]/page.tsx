import type { Metadata } from 'next';
import { isReadError, open } from '#app/adapter.ts';
import { Price } from '#app/components/catalog/price.tsx';
import { Later, WithoutScripts } from '#app/components/states/complete.tsx';
import { Late } from '#app/components/states/late.tsx';
import { Notice } from '#app/components/states/notice.tsx';
import { guarded } from '#app/guarded.tsx';
import { settled } from '#app/opened.ts';
import { first, flat, type Query } from '#app/query.ts';
import { getProduct } from '#operations/catalog/product.ts';
import { AddToCart } from './add-to-cart.tsx';
import { Gallery } from './gallery.tsx';
import { LivePrice, LiveStars, LiveStock } from './live.tsx';
import { Related } from './related.tsx';
import { ReviewForm } from './review-form.tsx';
import { Reviews } from './reviews.tsx';
import { StarsOrNotice, StockOrNotice } from './signals.tsx';

interface Props {
  readonly params: Promise<{ readonly id: string }>;
  readonly searchParams: Promise<Query>;
}

async function addressOf({ params, searchParams }: Props) {
  return { id: (await params).id, scenario: first((await searchParams).scenario) };
}

export async function generateMetadata(props: Props): Promise<Metadata> {
  const opened = await open(getProduct, await addressOf(props)).catch((thrown: unknown) => {
    if (!isReadError(thrown)) throw thrown;
    return undefined;
  });
  return opened ? { title: opened.first.title, description: opened.first.description } : { title: 'Not to be had now' };
}

export default function ProductPage(props: Props) {
  return guarded(() => productPage(props));
}

async function productPage(props: Props) {
  const address = await addressOf(props);
  const query = flat(await props.searchParams);
  const complete = query.whole === '1';
  const opened = await open(getProduct, address);
  const { first: product, late } = complete ? await settled(opened) : opened;
  return (
    <div className="stack">
      {!complete && <WithoutScripts path={`/products/${address.id}`} query={query} />}
      <article className="product">
        <Gallery images={product.images} />
        <div className="facts">
          <p className="soft">{product.brand}</p>
          <h1>{product.title}</h1>
          <Late first={product} later={late.rating}>
            {(view) => (
              <LiveStars input={address}>
                <StarsOrNotice view={view} />
              </LiveStars>
            )}
          </Late>
          <LivePrice input={address}>
            <Price price={product.price} large />
          </LivePrice>
          <Notice meta={product.meta} section="price" what="The price" />
          <Late first={product} later={late.stock}>
            {(view) => (
              <LiveStock input={address}>
                <StockOrNotice view={view} />
              </LiveStock>
            )}
          </Late>
          <AddToCart id={address.id} form={query.form} />
          <p>{product.description}</p>
          <dl className="attributes">
            {product.attributes.map(({ name, value }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </div>
      </article>
      <Late first={product} later={late.related} size="block">
        {(view) => <Related view={view} />}
      </Late>
      <Later complete={complete}>
        <Reviews {...address} />
        <ReviewForm id={address.id} form={query.form} />
      </Later>
    </div>
  );
}
