import type { IncomingMessage, ServerResponse } from 'node:http';
import { finishWork, takeOn } from '#kernel/base/load/load.ts';
import { pageLoadClass, refuseForLoad } from '#kernel/http/access/load-class.ts';
import { countPage } from '#kernel/http/access/rate-limit.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { sendShortPage } from '#kernel/http/pages/short-page.ts';
import { isOperator } from './operators.ts';

type Page = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const ICON = /^\/icon\.svg(?:\?|$)/;
const INSPECTOR = /^\/inspector(?:[/?]|$)/;

/**
 * Shows a page, unless the process is overloaded, or its customer or address has no reads left: then a short page says
 * so, before any work. Operators need the inspector just then, and are always let in.
 */
export function showPage(engine: Engine, request: IncomingMessage, response: ServerResponse, page: Page): void {
  const { url = '/', headers } = request;
  if (ICON.test(url) || (INSPECTOR.test(url) && isOperator(engine, headers))) void page(request, response);
  else if (isTakenOn(engine, request, response)) void showCounted(engine, request, response, page);
}

/** A page costs as much as ten answers: where there is too much to do it is refused, at the price of a few words. */
function isTakenOn(engine: Engine, request: IncomingMessage, response: ServerResponse): boolean {
  const loadClass = pageLoadClass(engine, request.method ?? 'GET', request.headers);
  if (takeOn(loadClass)) {
    response.once('close', finishWork);
    return true;
  }
  const { headers } = refuseForLoad(loadClass);
  const [, retryAfter = '1'] = headers ?? [];
  const text = `Too busy just now. This page is asked for again in ${retryAfter} s.`;
  sendShortPage(response, { status: 503, title: 'Too busy just now', text, retryAfter, refreshes: true });
  return false;
}

async function showCounted(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
  page: Page,
): Promise<void> {
  const usage = await countPage(engine, request.headers);
  if (!usage?.over) return page(request, response);
  const text = `You have asked for more than this shop gives in a while. Ask again in ${usage.reset} s.`;
  const retryAfter = String(usage.reset);
  sendShortPage(response, { status: 429, title: 'Too many requests', text, retryAfter, refreshes: false });
}
