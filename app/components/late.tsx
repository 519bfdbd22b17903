import { type ReactNode, Suspense } from 'react';

interface Props<V> {
  readonly first: V;
  /** The view with the part in it; undefined where the first view has it already. */
  readonly later: Promise<V> | undefined;
  readonly children: (view: V) => ReactNode;
}

/** A part of a page that may come after the rest of it. */
export function Late<V>({ first, later, children }: Props<V>) {
  if (later === undefined) return children(first);
  return (
    <Suspense fallback={<p className="soft small">…</p>}>
      <Arrived later={later}>{children}</Arrived>
    </Suspense>
  );
}

async function Arrived<V>({ later, children }: { later: Promise<V>; children: (view: V) => ReactNode }) {
  return children(await later);
}
