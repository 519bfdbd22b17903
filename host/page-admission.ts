import type { IncomingMessage, ServerResponse } from 'node:http';
import { finishWork, type LoadClass, takeOn } from '#kernel/base/load/load.ts';
import { pageLoadClass, refuseForLoad } from '#kernel/http/access/load-class.ts';
import { countPage } from '#kernel/http/access/rate-limit.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { type ShortPage, sendShortPage } from '#kernel/http/pages/short-page.ts';
import type { InboundHeaders } from '#kernel/http/request/inbound.ts';
import { knockAtPage, operators } from './operators.ts';
import { refuseOperator } from './refusals.ts';

type Page = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const ICON = /^\/icon\.svg(?:\?|$)/;
const INSPECTOR = /^\/inspector(?:[/?]|$)/;

/**
 * Shows a page, unless the process is overloaded, or its customer or address has no reads left: then a short page says
 * so, before any work. Operators need the inspector just then, and are always let in; who guesses at their token is
 * counted as where the page itself refuses it.
 */
export function showPage(engine: Engine, request: IncomingMessage, response: ServerResponse, page: Page): void {
  const { method = 'GET', url = '/', headers } = request;
  const atInspector = INSPECTOR.test(url) ? knockAtPage(engine, operators, headers) : undefined;
  if (ICON.test(url) || atInspector?.access === 'open') {
    void page(request, response);
    return;
  }
  const refuse = (short: ShortPage) => {
    const { status } = short;
    if (atInspector?.wrong) void refuseOperator(engine, { method, target: url, headers }, { status, over: status });
    sendShortPage(response, short);
  };
  const loadClass = pageLoadClass(engine, method, headers);
  if (takeOn(loadClass)) {
    response.once('close', finishWork);
    void showCounted(engine, headers, refuse, () => page(request, response));
  } else refuse(tooBusy(loadClass));
}

/** A page costs as much as ten answers: where there is too much to do it is refused, at the price of a few words. */
function tooBusy(loadClass: LoadClass): ShortPage {
  const { headers } = refuseForLoad(loadClass);
  const [, retryAfter = '1'] = headers ?? [];
  const text = `Too busy just now. This page is asked for again in ${retryAfter} s.`;
  return { status: 503, title: 'Too busy just now', text, retryAfter, refreshes: true };
}

async function showCounted(
  engine: Engine,
  headers: InboundHeaders,
  refuse: (short: ShortPage) => void,
  show: () => Promise<void>,
): Promise<void> {
  const usage = await countPage(engine, headers);
  if (!usage?.over) return show();
  const text = `You have asked for more than this shop gives in a while. Ask again in ${usage.reset} s.`;
  const retryAfter = String(usage.reset);
  refuse({ status: 429, title: 'Too many requests', text, retryAfter, refreshes: false });
}
