'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { useLatestTag } from '#app/live.ts';

interface Props {
  /** Where the page's answer is read. */
  readonly address: string;
  /** The ETag of the answer that the page was rendered from. */
  readonly rendered: string;
}

/**
 * Has the server render the page again when its answer has changed: for pages of forms, whose hidden fields only the
 * server can write. What is typed and focused stays.
 */
export function Follow({ address, rendered }: Props) {
  const { refresh } = useRouter();
  const latest = useLatestTag(address);
  useEffect(() => {
    if (latest !== undefined && latest !== rendered) refresh();
  }, [latest, rendered, refresh]);
  return null;
}
