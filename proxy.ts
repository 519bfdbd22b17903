import { type NextRequest, NextResponse } from 'next/server';
import { pageHeaders } from '#host/page-headers.ts';
import { PAGE_ID } from '#kernel/telemetry/page-id.ts';

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'OPTIONS'];

/**
 * For pages only: what a browser may do with them. Never a check of who is asking, and never on `/api`: there it would
 * cost as much as the handler.
 */
export function proxy(request: NextRequest): NextResponse {
  const { policy, answer } = pageHeaders(request.nextUrl.pathname);
  // Next shows a page to any method.
  if (!METHODS.includes(request.method))
    return new NextResponse(null, { status: 405, headers: { Allow: 'GET, HEAD, POST' } });
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

export const config = { matcher: '/((?!api(?:/|$)|_next/static/|icon\\.svg$).*)' };
