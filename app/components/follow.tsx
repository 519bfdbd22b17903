'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { type InputOf, useLatestTag, type Watched } from '#app/live.ts';
import { keepInput, restoreInput } from './kept-input.ts';

interface Props<K extends Watched> {
  /** What the page's answer is read from. */
  readonly address: K;
  readonly input: InputOf<K>;
  /** The ETag of the answer that the page was rendered from. */
  readonly rendered: string;
}

/**
 * Has the server render the page again when its answer has changed: for pages of forms, whose hidden fields only the
 * server can write. Typed text and the focus stay, also where a later build has the page loaded anew.
 */
export function Follow<K extends Watched>({ address, input, rendered }: Props<K>) {
  const { refresh } = useRouter();
  const latest = useLatestTag(address, input);
  useEffect(restoreInput, []);
  useEffect(() => {
    if (latest === undefined || latest === rendered) return;
    const done = keepInput();
    refresh();
    return done;
  }, [latest, rendered, refresh]);
  return null;
}
