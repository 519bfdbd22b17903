import { z } from 'zod';

const HERE = 'http://here.invalid';

/** A path on our own origin: what a browser would take for another one is refused (WHATWG URL, RFC 3986 §4.2). */
export const LocalPath = z.string().max(2_000).refine(isLocal, 'must be a path on this site');

function isLocal(text: string): boolean {
  if (!text.startsWith('/') || /^\/[/\\]/.test(text) || !URL.canParse(text, HERE)) return false;
  const url = new URL(text, HERE);
  return url.origin === HERE && !url.pathname.startsWith('//');
}
