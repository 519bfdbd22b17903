import type { ReactNode } from 'react';

/** What a page becomes when something that it can't do without failed. */
export function Unavailable({ children }: { children: ReactNode }) {
  return (
    <div className="empty" role="alert">
      <h1>This page could not be put together</h1>
      <p>A service that it needs did not answer. Nothing of yours is lost; it is often back within a minute.</p>
      {children}
    </div>
  );
}
