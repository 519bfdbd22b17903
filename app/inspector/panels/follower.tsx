'use client';

import { useRouter } from 'next/navigation';
import { startTransition, useEffect } from 'react';

/** Milliseconds in which many requests become one refresh. */
const SETTLE = 400;

/** Renders the page anew as requests come, while it is visible. What is there already stays as it is. */
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
    // Requests that came between the page and its stream, or while the stream was cut, are not announced again.
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
