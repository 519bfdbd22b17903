import type { Metadata } from 'next';
import { AccountFrame } from '#app/(shop)/account/frame.tsx';
import { formOutcome, open } from '#app/adapter.ts';
import { Address } from '#app/components/address.tsx';
import { Outcome } from '#app/components/forms/outcome.tsx';
import { WithoutScripts } from '#app/components/states/complete.tsx';
import { Late } from '#app/components/states/late.tsx';
import { day } from '#app/dates.ts';
import { guarded } from '#app/guarded.tsx';
import { money } from '#app/money.ts';
import { settled } from '#app/opened.ts';
import { flat, type Query } from '#app/query.ts';
import { getOrder } from '#operations/orders/orders.ts';
import { placeOrder } from '#operations/orders/place-order.ts';
import { Lines } from './lines.tsx';
import { LivePayment, LiveSteps } from './live.tsx';
import { Payment } from './payment.tsx';
import { Steps } from './steps.tsx';
import { Tracking } from './tracking.tsx';

interface Props {
  readonly params: Promise<{ readonly id: string }>;
  readonly searchParams: Promise<Query>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Order ${(await params).id}` };
}

export default function OrderPage(props: Props) {
  return guarded(() => orderPage(props));
}

async function orderPage({ params, searchParams }: Props) {
  const { id } = await params;
  const query = flat(await searchParams);
  const complete = query.whole === '1';
  const opened = await open(getOrder, { id, scenario: query.scenario });
  const { first: order, late } = complete ? await settled(opened) : opened;
  const outcome = await formOutcome(placeOrder, query.form);
  return (
    <>
      {!complete && <WithoutScripts path={`/orders/${id}`} query={query} />}
      <AccountFrame title={`Order ${order.id}`} current="/orders">
        <Outcome outcome={outcome} done="Thank you. Your order is placed." />
        <p className="soft">
          Placed on <time dateTime={order.placedAt}>{day(order.placedAt)}</time>
        </p>
        <LiveSteps input={{ id }}>
          <Steps state={order.state} />
        </LiveSteps>
        <Late first={order} later={late.tracking} size="block">
          {(view) => <Tracking view={view} />}
        </Late>
        <div className="aside-right">
          <section className="section" aria-labelledby="lines">
            <h2 id="lines">What you ordered</h2>
            <Lines lines={order.lines} />
          </section>
          <div className="section">
            <section className="panel" aria-labelledby="sum">
              <h2 id="sum">What it comes to</h2>
              <dl className="sums">
                <div>
                  <dt>Goods</dt>
                  <dd>{money({ ...order.total, minor: order.total.minor - order.shipping.minor })}</dd>
                </div>
                <div>
                  <dt>Shipping</dt>
                  <dd>{money(order.shipping)}</dd>
                </div>
                <div className="sum-total">
                  <dt>Total</dt>
                  <dd>{money(order.total)}</dd>
                </div>
              </dl>
              {order.state !== 'cancelled' && (
                <LivePayment input={{ id }} payment={order.payment}>
                  <Payment order={order.id} form={query.form} />
                </LivePayment>
              )}
            </section>
            <section className="panel" aria-labelledby="to">
              <h2 id="to">Where it goes</h2>
              <Address address={order.to} />
            </section>
          </div>
        </div>
      </AccountFrame>
    </>
  );
}
