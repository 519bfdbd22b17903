import { nextEngine } from '#app/engine.ts';
import { readBytes } from '#kernel/http/body-bytes.ts';
import { foreignSite } from '#kernel/http/csrf.ts';
import { LocalPath } from '#schemas/view/local-path.ts';
import { isAllowed } from './allowed.ts';

/** Bytes that a form of the inspector may have. */
const LIMIT = 16_384;

type Action = (form: URLSearchParams) => Promise<Response>;

/** Runs an action of the inspector, for whoever may see it. Who may not finds nothing. */
export async function act(request: Request, action: Action): Promise<Response> {
  if (!(await isAllowed())) return new Response('Not found', { status: 404 });
  return actOnForm(request, action);
}

/** Runs an action only for a form that a page of our own has sent, as its browser says (Sec-Fetch-Site, Origin). */
export async function actOnForm(request: Request, action: Action): Promise<Response> {
  const foreign = foreignSite(Object.fromEntries(request.headers), nextEngine().runtime.publicUrl);
  if (foreign !== undefined) return new Response(foreign, { status: 403 });
  const bytes = request.body && (await readBytes(request.body, LIMIT));
  if (!bytes) return new Response('This is no form of ours.', { status: 400 });
  return action(new URLSearchParams(Buffer.from(bytes).toString('utf8')));
}

/** Leads the browser to a page of ours, wherever it was asked to. */
export function seeOther(path: string, cookie?: string): Response {
  const local = LocalPath.safeParse(path).success ? path : '/inspector';
  const headers = new Headers({ Location: local, 'Cache-Control': 'no-store' });
  if (cookie !== undefined) headers.set('Set-Cookie', cookie);
  return new Response(null, { status: 303, headers });
}
