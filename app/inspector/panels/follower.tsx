'use client';

import { useRouter } from 'next/navigation';
import { startTransition, useEffect } from 'react';

/** Milliseconds in which many requests become one look. */
const SETTLE = 400;

/** Renders the page anew as requests come, while somebody looks at it. What stands there already stays as it is. */
export function Follower() {
  const router = useRouter();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const poll = () => {
      timer = undefined;
      if (document.visibilityState === 'visible') startTransition(() => router.refresh());
    };
    const soon = () => {
      timer ??= setTimeout(poll, SETTLE);
    };
    const source = new EventSource('/inspector/live');
    // What came between the page and its stream, or while that was cut, nobody tells of again.
    source.addEventListener('open', soon);
    source.addEventListener('message', soon);
    document.addEventListener('visibilitychange', soon);
    return () => {
      source.close();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', soon);
    };
  }, [router]);
  return null;
}
