import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkOperatorAtInspector } from '#host/operators/operators.ts';
import { admitWork, finishWork, type LoadClass } from '#kernel/base/load/load.ts';
import { pageLoadClass, refuseForLoad } from '#kernel/http/access/load-shedding.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { InboundHeaders } from '#kernel/http/request/inbound.ts';
import { countedOut } from './page-quota.ts';
import { refuseOperator } from './refusals.ts';
import { type ShortPage, sendShortPage } from './short-page.ts';

type Page = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const ICON = /^\/icon\.svg(?:\?|$)/;

/**
 * Shows a page, unless the process is overloaded, or its customer or address has no reads left: then a short page says
 * so, before any work. Operators need the inspector just then, and are always let in; a wrong token is counted, as when
 * the page itself refuses it.
 */
export function showPage(engine: Engine, request: IncomingMessage, response: ServerResponse, page: Page): void {
  const { method = 'GET', url = '/', headers } = request;
  const atInspector = checkOperatorAtInspector(engine, url, headers);
  if (ICON.test(url) || atInspector?.access === 'open') {
    void page(request, response);
    return;
  }
  const refuse = (short: ShortPage) => {
    const { status } = short;
    if (atInspector?.wrong) {
      const told = refuseOperator(engine, { method, target: url, headers }, { status, over: status });
      told.catch((error) => engine.runtime.report(error, ''));
    }
    sendShortPage(response, short);
  };
  const loadClass = pageLoadClass(engine, method, headers);
  if (admitWork(loadClass)) {
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
  const short = await countedOut(engine, headers);
  if (short === undefined) return show();
  refuse(short);
}
