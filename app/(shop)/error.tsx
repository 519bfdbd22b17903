'use client';

import { Unavailable } from '#app/components/states/unavailable.tsx';

/** An unforeseen error looks like a service that is away. */
export default function ErrorPage({ reset }: { error: Error; reset: () => void }) {
  return (
    <Unavailable>
      <button className="button" type="button" onClick={reset}>
        Try again
      </button>
    </Unavailable>
  );
}
