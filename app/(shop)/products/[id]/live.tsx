'use client';

import type { ReactNode } from 'react';
import { Price } from '#app/components/catalog/price.tsx';
import { type InputOf, isComplete, useLive } from '#app/live.ts';
import { StarsOrNotice, StockOrNotice } from './signals.tsx';

interface Props {
  /** The read's input. */
  readonly input: InputOf<'GET /api/products/{id}'>;
  /** What the server has rendered: it stands until something newer comes. */
  readonly children: ReactNode;
}

export function LivePrice({ input, children }: Props) {
  const view = useLive('GET /api/products/{id}', input);
  return view ? <Price price={view.price} large /> : children;
}

export function LiveStock({ input, children }: Props) {
  const view = useLive('GET /api/products/{id}', input);
  return isComplete(view) && view.meta.sections.stock?.state !== 'pending' ? <StockOrNotice view={view} /> : children;
}

export function LiveStars({ input, children }: Props) {
  const view = useLive('GET /api/products/{id}', input);
  return isComplete(view) && view.meta.sections.rating?.state !== 'pending' ? <StarsOrNotice view={view} /> : children;
}
