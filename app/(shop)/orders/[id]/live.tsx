'use client';

import type { ReactNode } from 'react';
import { useLive } from '#app/live.ts';
import type { getOrder } from '#operations/orders.ts';
import { PAYMENTS } from '../states.ts';
import { Steps } from './steps.tsx';

interface Props {
  /** Where the order is read. */
  readonly address: string;
  /** What the server has rendered: it stands until something newer comes. */
  readonly children: ReactNode;
}

/** How far an order has come, as it comes. */
export function LiveSteps({ address, children }: Props) {
  const order = useLive<typeof getOrder>(address);
  return order ? <Steps state={order.state} /> : children;
}

/** What became of the payment, and the way to pay while there is something to be paid. */
export function LivePayment({ address, payment, children }: Props & { readonly payment: string }) {
  const order = useLive<typeof getOrder>(address);
  const now = order?.payment ?? payment;
  return (
    <>
      <p className="state" role="status" data-payment={now}>
        {PAYMENTS[now] ?? now}
      </p>
      {now !== 'paid' && children}
    </>
  );
}
