'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';

/** Milliseconds between two refreshes. */
const EVERY = 3_000;

/** Renders the page anew while it is visible, but not while its form has the focus. */
export function Refresher() {
  const router = useRouter();
  useEffect(() => {
    const timer = setInterval(() => {
      const typing = document.activeElement?.matches('input, textarea, select') ?? false;
      if (document.visibilityState === 'visible' && !typing) router.refresh();
    }, EVERY);
    return () => clearInterval(timer);
  }, [router]);
  return null;
}
