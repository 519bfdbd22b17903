import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { NewAddress } from '#app/(shop)/account/addresses/new-address.tsx';
import { formOutcome, isReadError, open } from '#app/adapter.ts';
import { WithoutScripts } from '#app/components/states/complete.tsx';
import { Empty } from '#app/components/states/empty.tsx';
import { Late } from '#app/components/states/late.tsx';
import { Notice } from '#app/components/states/notice.tsx';
import { guarded } from '#app/guarded.tsx';
import { settled } from '#app/opened.ts';
import { flat, type Query } from '#app/query.ts';
import { getCheckout } from '#operations/cart/checkout.ts';
import { placeOrder } from '#operations/orders/place-order.ts';
import { Addresses, Services } from './choices.tsx';
import { AskAgain, OrderProblem } from './order-problem.tsx';
import { OrderLines, Totals } from './summary.tsx';

interface Props {
  readonly searchParams: Promise<Query>;
}

export const metadata: Metadata = { title: 'Checkout' };

export default function CheckoutPage(props: Props) {
  return guarded(() => checkoutPage(props));
}

async function checkoutPage({ searchParams }: Props) {
  const query = flat(await searchParams);
  const { address, cursor, service, scenario, form } = query;
  const complete = query.whole === '1';
  const read = await open(getCheckout, { address, cursor, scenario }).catch((thrown: unknown) => {
    // An address that is not there any more, or a page of them: the choice begins anew.
    if ((address ?? cursor) !== undefined && isReadError(thrown) && thrown.slug === 'invalid-request')
      redirect('/checkout');
    throw thrown;
  });
  const { first, late } = complete ? await settled(read) : read;
  const outcome = await formOutcome(placeOrder, form);
  const asked = { address: first.address, cursor, service, scenario, whole: complete ? '1' : undefined };
  const isEmpty = first.cart.lines.length === 0;
  return (
    <>
      {!complete && <WithoutScripts path="/checkout" query={query} />}
      <div className="page">
        <h1>Checkout</h1>
        <OrderProblem outcome={outcome} />
        <AskAgain outcome={outcome} complete={complete} />
        {isEmpty && (
          <Empty title="There is nothing to order">
            <p className="soft">Your cart is empty. What you have ordered already stands among your orders.</p>
            <p className="row">
              <a className="button" href="/search">
                Look around
              </a>
              <a href="/orders">Your orders</a>
            </p>
          </Empty>
        )}
        {!isEmpty && (
          <div className="aside-right">
            <div className="stack">
              <section className="section" aria-labelledby="where">
                <h2 id="where">Where should it go?</h2>
                {first.addresses.length === 0 ? (
                  <NewAddress
                    form={form}
                    then={`/checkout?address={id}${complete ? '&whole=1' : ''}`}
                    submit="Send it here"
                  />
                ) : (
                  <Addresses asked={asked} view={first} />
                )}
              </section>
              {first.address !== undefined && (
                <section className="section" aria-labelledby="how">
                  <h2 id="how">How should it come?</h2>
                  <Late first={first} later={late.services} size="block">
                    {(view) => <Services asked={asked} view={view} />}
                  </Late>
                </section>
              )}
            </div>
            <section className="panel" aria-labelledby="sum">
              <h2 id="sum">Your order</h2>
              <Notice meta={first.meta} section="cart.products" what="Names and pictures" />
              <OrderLines lines={first.cart.lines} />
              <Late first={first} later={late.services} size="block">
                {(view) => <Totals asked={asked} view={view} again={outcome} />}
              </Late>
            </section>
          </div>
        )}
      </div>
    </>
  );
}
