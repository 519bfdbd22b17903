'use client';

import { useEffect, useState } from 'react';

interface Props {
  readonly text: string;
  /** The key that presses it, where it is the only one on its page. */
  readonly at?: string;
  /** `Copy as curl` */
  readonly children: string;
}

/** Puts a text on the clipboard. Without scripts it is not there: the text itself can be marked. */
export function CopyButton({ text, at, children }: Props) {
  const [state, setState] = useState<'absent' | 'ready' | 'copied' | 'refused'>('absent');
  useEffect(() => setState('ready'), []);
  if (state === 'absent') return null;
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState('refused'),
    );
  return (
    <button className="panel-button" type="button" data-key={at} onClick={copy}>
      <span aria-live="polite">{WORDS[state] ?? children}</span>
    </button>
  );
}

const WORDS: Readonly<Record<string, string>> = { copied: 'Copied', refused: 'Mark it and copy it by hand' };
