import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { AccountFrame } from '#app/(shop)/account/frame.tsx';
import { read } from '#app/adapter.ts';
import { guarded } from '#app/guarded.tsx';
import { money } from '#app/money.ts';
import { flat, type Query } from '#app/query.ts';
import { getOrder } from '#operations/orders/orders.ts';
import { mockPage } from '#services/payments.ts';

interface Props {
  readonly params: Promise<{ readonly id: string }>;
  readonly searchParams: Promise<Query>;
}

export const metadata: Metadata = { title: 'Pay' };

export default function PayPage(props: Props) {
  return guarded(() => payPage(props));
}

/** Leads to the payment page. Its address comes from our configuration, never from the request. */
async function payPage({ params, searchParams }: Props) {
  const { id } = await params;
  const { intent, secret } = flat(await searchParams);
  if (intent === undefined || secret === undefined) notFound();
  const order = await read(getOrder, { id, parts: '' });
  const page = mockPage({ id: intent, client_secret: secret }, `/orders/${id}`);
  return (
    <AccountFrame title={`Pay for order ${id}`} current="/orders">
      <p>{`It comes to ${money(order.total)}.`}</p>
      {page ? (
        <a className="button" href={page}>
          To the card
        </a>
      ) : (
        <p className="notice">
          Here your front end mounts the payment element of Stripe.js with this payment’s secret.
        </p>
      )}
      <p>
        <a href={`/orders/${id}`}>Back to the order</a>
      </p>
    </AccountFrame>
  );
}
