import { type NextRequest, NextResponse } from 'next/server';
import { environment } from '#config/env.ts';
import { checkOperatorAtInspector } from '#host/operators/operators.ts';
import { pageHeaders } from '#host/pages/page-headers.ts';
import { methodsOf } from '#host/pages/page-methods.ts';
import { countedOut, isCountedByHost } from '#host/pages/page-quota.ts';
import { refuseOperator } from '#host/pages/refusals.ts';
import { writeShortPage } from '#host/pages/short-page.ts';
import { createRuntime } from '#host/runtime.ts';
import type { Runtime } from '#kernel/http/engine/engine.ts';
import { PAGE_ID } from '#kernel/telemetry/ids.ts';

/**
 * For pages only: what a browser may do with them, and whether there are reads left for one more, where the host does
 * not count them itself. Never on `/api`: there it would cost as much as the handler.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const { policy, answer } = pageHeaders(request.nextUrl.pathname);
  const methods = methodsOf(request.nextUrl.pathname);
  const isAllowed = methods.includes(request.method);
  if (!isAllowed || request.method === 'OPTIONS')
    return new NextResponse(null, { status: isAllowed ? 204 : 405, headers: { Allow: methods.join(', ') } });
  const short = isCountedByHost() ? undefined : await countedOutHere(request);
  if (short !== undefined) {
    const { status, headers, body } = writeShortPage(short);
    return new NextResponse(body, { status, headers });
  }
  const headers = new Headers(request.headers);
  // Next reads the nonce out of the policy and puts it on its own scripts.
  headers.set('content-security-policy', policy);
  // The path of a page and its method, which Next does not pass to its components; a client's own value is overwritten.
  headers.set('x-here', request.nextUrl.pathname + request.nextUrl.search);
  headers.set('x-here-method', request.method);
  headers.set(PAGE_ID, crypto.randomUUID());
  const response = NextResponse.next({ request: { headers } });
  for (const [name, value] of answer) response.headers.set(name, value);
  return response;
}

let runtime: Runtime | undefined;

/** What a page is refused with; operators are let in, and who guesses at their token is counted. */
async function countedOutHere({ method, nextUrl, headers: fields }: NextRequest) {
  runtime ??= createRuntime(environment(), { defer: (work) => void work.catch(() => undefined) });
  const headers = Object.fromEntries(fields);
  const target = nextUrl.pathname + nextUrl.search;
  const atInspector = checkOperatorAtInspector({ runtime }, target, headers);
  if (atInspector?.access === 'open') return undefined;
  const short = await countedOut({ runtime }, headers);
  if (short && atInspector?.wrong) {
    const { status } = short;
    await refuseOperator({ runtime }, { method, target, headers }, { status, over: status });
  }
  return short;
}

export const config = { matcher: '/((?!api(?:/|$)|_next/static/|icon\\.svg$).*)' };
