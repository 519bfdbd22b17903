'use client';

import type { ReactNode } from 'react';
import { useLive } from '#app/live.ts';
import { Messages } from './messages.tsx';

/** The conversation as it goes on; what the server has rendered stands until something newer comes. */
export function LiveMessages({ children }: { readonly children: ReactNode }) {
  const view = useLive('GET /api/support/messages', {});
  return view ? <Messages view={view} /> : children;
}
