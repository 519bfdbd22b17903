import { type Action, actOnForm, seeOther as leadTo } from '#app/own-form.ts';
import { isAllowed } from './allowed.ts';

/** Runs an action of the inspector for an operator. For all others the address does not exist. */
export async function act(request: Request, action: Action): Promise<Response> {
  if (!(await isAllowed())) return new Response('Not found', { status: 404 });
  return actOnForm(request, action);
}

/** Leads the browser to a page of ours, wherever it was asked to. */
export const seeOther = (path: string, cookie?: string): Response => leadTo(path, '/inspector', cookie);
