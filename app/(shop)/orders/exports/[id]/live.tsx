'use client';

import type { ReactNode } from 'react';
import { useLive } from '#app/live.ts';
import type { getExport } from '#operations/exports.ts';
import { Progress } from './progress.tsx';

/** How far it has come, as it comes; what the server has rendered stands until something newer does. */
export function LiveProgress({ address, children }: { readonly address: string; readonly children: ReactNode }) {
  const view = useLive<typeof getExport>(address);
  return view ? <Progress view={view} /> : children;
}
