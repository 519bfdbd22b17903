import { type Action, actOnForm, seeOther as leadTo } from '#app/own-form.ts';
import { refused } from './allowed.ts';

/** Runs an action of the inspector for an operator. For all others the address does not exist. */
export async function act(request: Request, action: Action): Promise<Response> {
  return (await refused(request)) ?? actOnForm(request, action);
}

/** Leads the browser to a page of ours, wherever it was asked to. */
export const seeOther = (path: string, cookie?: string): Response => leadTo(path, '/inspector', cookie);
