import type { Metadata } from 'next';
import { etagOf, formOutcome, read } from '#app/adapter.ts';
import { Follow } from '#app/components/follow.tsx';
import { Outcome } from '#app/components/forms/outcome.tsx';
import { Empty } from '#app/components/states/empty.tsx';
import { Notice } from '#app/components/states/notice.tsx';
import { guarded } from '#app/guarded.tsx';
import { money } from '#app/money.ts';
import { flat, type Query } from '#app/query.ts';
import { addCartLine, changeCartLine, getCart, removeCartLine } from '#operations/cart/cart.ts';
import { Line } from './line.tsx';

interface Props {
  readonly searchParams: Promise<Query>;
}

export const metadata: Metadata = { title: 'Your cart' };

const REFUSED = { 'line-refused': 'There can be 99 pieces of one product, and 50 products.' };

export default function CartPage(props: Props) {
  return guarded(() => cartPage(props));
}

async function cartPage({ searchParams }: Props) {
  const { form, scenario } = flat(await searchParams);
  const address = { scenario };
  const { lines, pieces, subtotal, meta } = await read(getCart, address);
  const [added, changed, removed] = await Promise.all(
    [addCartLine, changeCartLine, removeCartLine].map((operation) => formOutcome(operation, form)),
  );
  return (
    <>
      <div className="page">
        <h1>Your cart</h1>
        <Outcome outcome={added ?? changed} done="Your cart is up to date." words={REFUSED} />
        <Outcome outcome={removed} done="It is taken out of your cart." />
        {lines.length === 0 ? (
          <Empty title="There is nothing in it yet">
            <p className="soft">What you put aside waits here for a month, also before you sign in.</p>
            <a className="button" href="/search">
              Look around
            </a>
          </Empty>
        ) : (
          <div className="aside-right">
            <div className="section">
              <Notice meta={meta} section="cart.products" what="Names and pictures" />
              <Notice meta={meta} section="cart.prices" what="Prices" />
              <Notice meta={meta} section="cart.stock" what="Stock" />
              <ul className="lines" aria-label="What is in it">
                {lines.map((line) => (
                  <Line key={line.id} line={line} />
                ))}
              </ul>
            </div>
            <section className="panel" aria-label="Sum">
              <h2>{pieces === 1 ? '1 piece' : `${pieces} pieces`}</h2>
              <dl className="sums">
                <div className="sum-total">
                  <dt>Subtotal</dt>
                  <dd>{subtotal ? money(subtotal) : 'not known right now'}</dd>
                </div>
              </dl>
              <p className="soft small">Shipping is added at the checkout. Nothing is ordered yet.</p>
              <a className="button wide" href="/checkout">
                To the checkout
              </a>
            </section>
          </div>
        )}
      </div>
      <Follow address="GET /api/cart" input={address} rendered={await etagOf(getCart, address)} />
    </>
  );
}
