import { type ReactNode, Suspense } from 'react';
import { Waiting } from './waiting.tsx';

interface Props<V> {
  readonly first: V;
  /** The view with the part in it; undefined where the first view has it already. */
  readonly later: Promise<V> | undefined;
  readonly size?: 'line' | 'block';
  readonly children: (view: V) => ReactNode;
}

/** A part of a page that may come after the rest of it. */
export function Late<V>({ first, later, size = 'line', children }: Props<V>) {
  if (later === undefined) return children(first);
  return (
    <Suspense fallback={<Waiting size={size} />}>
      <Arrived later={later}>{children}</Arrived>
    </Suspense>
  );
}

async function Arrived<V>({ later, children }: { later: Promise<V>; children: (view: V) => ReactNode }) {
  return children(await later);
}
