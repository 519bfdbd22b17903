'use client';

import type { ReactNode } from 'react';
import { useLive } from '#app/live.ts';
import type { getMessages } from '#operations/support.ts';
import { Messages } from './messages.tsx';

/** The conversation as it goes on; what the server has rendered stands until something newer comes. */
export function LiveMessages({ address, children }: { readonly address: string; readonly children: ReactNode }) {
  const view = useLive<typeof getMessages>(address);
  return view ? <Messages view={view} /> : children;
}
