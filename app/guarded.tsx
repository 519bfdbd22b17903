import type { ReactNode } from 'react';
import { here, isReadError } from './adapter.ts';
import { Unavailable } from './components/states/unavailable.tsx';
import { inspectorParts } from './inspector-parts.ts';

/**
 * Puts a page together, or says that it could not be: within the page, because what Next makes of an error is blank where
 * there are no scripts. Next can't set another status here than 200; the trace of the read has the real one.
 */
export async function guarded(page: () => Promise<ReactNode>): Promise<ReactNode> {
  const { Strip } = inspectorParts;
  try {
    const shown = await page();
    return (
      <>
        {shown}
        {Strip && <Strip />}
      </>
    );
  } catch (thrown) {
    if (!isReadError(thrown)) throw thrown;
    const page = await here();
    return (
      <>
        <meta name="robots" content="noindex" />
        {thrown.slug === 'invalid-request' ? (
          <Misread page={page} />
        ) : (
          <Unavailable>
            <a className="button" href={page}>
              Try again
            </a>
          </Unavailable>
        )}
        {Strip && <Strip />}
      </>
    );
  }
}

function Misread({ page }: { page: string }) {
  return (
    <div className="empty">
      <h1>This address can’t be read</h1>
      <p>Something in it is not as the shop makes it: a word too long, or a page that no list has.</p>
      <a className="button" href={page.split('?', 1)[0]}>
        Start over
      </a>
    </div>
  );
}
