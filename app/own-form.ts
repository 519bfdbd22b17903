import { type PageRequest, tellRefused } from '#host/pages/refusals.ts';
import { readBytes } from '#kernel/http/request/body.ts';
import { foreignSite } from '#kernel/http/security/csrf.ts';
import { LocalPath } from '#schemas/view/local-path.ts';
import { nextEngine } from './engine.ts';

/** Bytes that a form of a page's own may have. */
const LIMIT = 16_384;

export type Action = (form: URLSearchParams) => Promise<Response>;

/** Runs an action only for a form that a page of our own has sent, as its browser says (Sec-Fetch-Site, Origin). */
export async function actOnForm(request: Request, action: Action): Promise<Response> {
  const foreign = foreignSite(Object.fromEntries(request.headers), nextEngine().runtime.publicUrl);
  if (foreign !== undefined) {
    const line = { event: 'forbidden', operation: 'form', status: 403, reason: foreign };
    tellRefused(nextEngine(), askedBy(request), line);
    return new Response(foreign, { status: 403 });
  }
  const bytes = request.body && (await readBytes(request.body, LIMIT));
  if (!bytes) return new Response('This is no form of ours.', { status: 400 });
  return action(new URLSearchParams(Buffer.from(bytes).toString('utf8')));
}

export function askedBy({ method, url, headers }: Request): PageRequest {
  return { method, target: new URL(url).pathname, headers: Object.fromEntries(headers) };
}

/** Leads the browser to a page of ours, wherever it was asked to: to `otherwise` where that is none. */
export function seeOther(path: string, otherwise: string, cookie?: string): Response {
  const { pathname, search, hash } = new URL(
    LocalPath.safeParse(path).success ? path : otherwise,
    'http://here.invalid',
  );
  // A field holds ASCII only: whatever else was asked for is escaped.
  const headers = new Headers({ Location: pathname + search + hash, 'Cache-Control': 'no-store' });
  if (cookie !== undefined) headers.set('Set-Cookie', cookie);
  return new Response(null, { status: 303, headers });
}
