'use client';

import type { ReactNode } from 'react';
import { type InputOf, useLive } from '#app/live.ts';
import { PAYMENTS } from '../states.ts';
import { Steps } from './steps.tsx';

interface Props {
  /** The read's input. */
  readonly input: InputOf<'GET /api/orders/{id}'>;
  /** What the server has rendered: it stands until something newer comes. */
  readonly children: ReactNode;
}

/** How far an order has come, as it comes. */
export function LiveSteps({ input, children }: Props) {
  const order = useLive('GET /api/orders/{id}', input);
  return order ? <Steps state={order.state} /> : children;
}

/** The state of the payment, and the way to pay while it is open. */
export function LivePayment({ input, payment, children }: Props & { readonly payment: string }) {
  const order = useLive('GET /api/orders/{id}', input);
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
