'use client';

/** What a page becomes when something that it can't do without failed. */
export default function ErrorPage({ reset }: { error: Error; reset: () => void }) {
  return (
    <div className="empty" role="alert">
      <h1>This page could not be put together</h1>
      <p>A service that it needs did not answer. Nothing of yours is lost; it is often back within a minute.</p>
      <button className="button" type="button" onClick={reset}>
        Try again
      </button>
    </div>
  );
}
