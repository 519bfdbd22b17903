'use client';

import type { ReactNode } from 'react';
import { Price } from '#app/components/price.tsx';
import { useLive } from '#app/live.ts';
import type { getProduct } from '#operations/product.ts';
import { StarsOrNotice, StockOrNotice } from './signals.tsx';

interface Props {
  /** Where the product is read. */
  readonly address: string;
  /** What the server has rendered: it stands until something newer comes. */
  readonly children: ReactNode;
}

export function LivePrice({ address, children }: Props) {
  const view = useLive<typeof getProduct>(address);
  return view ? <Price price={view.price} large /> : children;
}

export function LiveStock({ address, children }: Props) {
  const view = useLive<typeof getProduct>(address);
  return view && view.meta.sections.stock?.state !== 'pending' ? <StockOrNotice view={view} /> : children;
}

export function LiveStars({ address, children }: Props) {
  const view = useLive<typeof getProduct>(address);
  return view && view.meta.sections.rating?.state !== 'pending' ? <StarsOrNotice view={view} /> : children;
}
