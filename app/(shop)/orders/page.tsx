import type { Metadata } from 'next';
import { AccountFrame } from '#app/(shop)/account/frame.tsx';
import { etagOf, read } from '#app/adapter.ts';
import { Follow } from '#app/components/follow.tsx';
import { FormFields } from '#app/components/forms/form-fields.tsx';
import { Pages } from '#app/components/pages.tsx';
import { Empty } from '#app/components/states/empty.tsx';
import { guarded } from '#app/guarded.tsx';
import { flat, type Query } from '#app/query.ts';
import { listOrders } from '#operations/orders/orders.ts';
import { OrderRows } from './rows.tsx';

interface Props {
  readonly searchParams: Promise<Query>;
}

export const metadata: Metadata = { title: 'Your orders' };

export default function OrdersPage(props: Props) {
  return guarded(() => ordersPage(props));
}

async function ordersPage({ searchParams }: Props) {
  const { cursor, scenario } = flat(await searchParams);
  const address = { cursor, scenario };
  const { items, next } = await read(listOrders, address);
  return (
    <>
      <AccountFrame title="Your orders" current="/orders">
        {items.length === 0 ? (
          <Empty title="You have not ordered anything yet">
            <p className="soft">Once you have, you see here where it is.</p>
            <a className="button" href="/search">
              Look around
            </a>
          </Empty>
        ) : (
          <OrderRows orders={items} />
        )}
        {items.length > 0 && (
          <form method="post" action="/api/exports" aria-label="As a file">
            <FormFields then="/orders/exports/{id}" />
            <button className="quiet" type="submit">
              All of them as a file
            </button>
          </form>
        )}
        <Pages path="/orders" query={{ scenario }} cursor={cursor} next={next} />
      </AccountFrame>
      <Follow address="GET /api/orders" input={address} rendered={await etagOf(listOrders, address)} />
    </>
  );
}
