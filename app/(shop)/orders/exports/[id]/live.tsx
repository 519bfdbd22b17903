'use client';

import type { ReactNode } from 'react';
import { type InputOf, useLive } from '#app/live.ts';
import { Progress } from './progress.tsx';

/** How far it has come, as it comes; what the server has rendered stands until something newer does. */
export function LiveProgress({
  input,
  children,
}: {
  readonly input: InputOf<'GET /api/exports/{id}'>;
  readonly children: ReactNode;
}) {
  const view = useLive('GET /api/exports/{id}', input);
  return view ? <Progress view={view} /> : children;
}
