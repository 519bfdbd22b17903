'use client';

import { useEffect } from 'react';

/**
 * The keyboard of every screen. A key presses the element with that `data-key`, so that everything works without keys
 * too; j and k walk through the `data-row` elements, by their first link.
 */
export function Keys() {
  useEffect(() => {
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
  return null;
}

function press(event: KeyboardEvent): void {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const typing = (target as Element | null)?.closest('input, textarea, select, [contenteditable]');
  if (typing) {
    if (key === 'Escape') (typing as HTMLElement).blur();
    return;
  }
  const open = document.querySelector(':popover-open');
  if (open && key !== '?') return;
  if (key === 'j' || key === 'k') step(key === 'j' ? 1 : -1);
  else if (!reach(key)) return;
  event.preventDefault();
}

function step(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')].filter((row) => row.offsetParent !== null);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[at < 0 ? (by === 1 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))];
  const link = next?.querySelector<HTMLElement>('a, button, summary') ?? next;
  link?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

/** Goes to what stands under a key: into a field, and onto anything else. */
function reach(key: string): boolean {
  const found = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  if (found === null || (found as HTMLButtonElement).disabled) return false;
  found.focus();
  if (found instanceof HTMLInputElement) found.select();
  else found.click();
  return true;
}
