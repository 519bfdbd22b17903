import { type ReactNode, Suspense } from 'react';
import { Waiting } from './waiting.tsx';

interface Props {
  /** Whether the page was asked for in one piece. */
  readonly complete: boolean;
  readonly children: ReactNode;
}

/** What may come after the rest of the page, unless it was asked for in one piece. */
export function Later({ complete, children }: Props) {
  return complete ? children : <Suspense fallback={<Waiting size="block" />}>{children}</Suspense>;
}

/** Parts that come late are put in their places by a script: a browser without one asks for the page in one piece. */
export function WithoutScripts({
  path,
  query,
}: {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}) {
  const address = `${path}?${new URLSearchParams({ ...query, whole: '1' })}`;
  return (
    <noscript>
      <meta httpEquiv="refresh" content={`0;url=${address}`} />
    </noscript>
  );
}
