import { callError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { Routes } from '#kernel/http/engine/routing.ts';
import { answer } from '#kernel/http/pipeline/answer.ts';
import { clientAddressAppended, FORWARDED_FIELD, forwardedNoted } from '#kernel/http/security/client-address.ts';
import { streamOf } from './web-outlet.ts';

/**
 * Answers a web-standard Request, as route handlers get it. Never in a coding: Next drops Content-Encoding from a
 * handler's answer and would send the coded bytes as if they were plain.
 */
export async function answerWeb(engine: Engine, routes: Routes, request: Request): Promise<Response> {
  const gone = new Cancellation();
  request.signal.addEventListener('abort', () => gone.cancel(callError('aborted', 'the client left')), { once: true });
  const { status, headers, body } = await answer(engine, routes, {
    method: request.method,
    target: targetOf(request.url),
    headers: { ...Object.fromEntries(request.headers), 'accept-encoding': 'identity' },
    body: request.body ?? undefined,
    address: clientAddressAppended(request.headers.get('x-forwarded-for') ?? undefined, engine.runtime.trustedProxies),
    forwarded: forwardedNoted(request.headers.get(FORWARDED_FIELD) ?? undefined),
    gone,
  });
  const fields = new Headers();
  for (let index = 0; index < headers.length; index += 2) fields.append(headers[index] ?? '', headers[index + 1] ?? '');
  const content = typeof body === 'function' ? streamOf(body) : (body as Uint8Array<ArrayBuffer> | undefined);
  return new Response(content ?? null, { status, headers: fields });
}

/** Path and query as they stood in the request line: a URL object would normalise them. */
function targetOf(url: string): string {
  const path = url.indexOf('/', url.indexOf('://') + 3);
  return path === -1 ? '/' : url.slice(path);
}
