'use client';

import { useRef, useState } from 'react';
import { useLive } from '#app/live.ts';

/** Milliseconds: how often typing is announced, and how long after the last key it counts as over. */
const TYPING_INTERVAL_MS = 3_000;
const PAUSED_AFTER = 8_000;

interface Props {
  readonly text: string | undefined;
}

/**
 * Where a message is written; announces typing to the support, and shows that a message is being written in another
 * window.
 */
export function MessageBox({ text }: Props) {
  const view = useLive('GET /api/support/messages', {});
  const [here, setHere] = useState(false);
  const announcedAt = useRef(Number.NEGATIVE_INFINITY);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  const write = () => {
    setHere(true);
    clearTimeout(pause.current);
    pause.current = setTimeout(() => setHere(false), PAUSED_AFTER);
    if (performance.now() - announcedAt.current < TYPING_INTERVAL_MS) return;
    announcedAt.current = performance.now();
    // A failure does no harm, so it is not worth an idempotency key.
    fetch('/api/support/typing', { method: 'PUT', headers: { 'x-csrf': '1' } }).catch(() => undefined);
  };
  return (
    <>
      <textarea id="text" name="text" rows={3} maxLength={2_000} required defaultValue={text} onInput={write} />
      <p className="soft small" role="status">
        {view?.customerTyping && !here ? 'You are writing in another window …' : ''}
      </p>
    </>
  );
}
