import { nextEngine } from '#app/engine.ts';
import { actOnForm } from '#app/own-form.ts';
import { INSPECTOR_COOKIE, isToken, PASS_LIFE, passFor } from '#host/inspector-access.ts';
import { countRefused } from '#kernel/http/access/rate-limit.ts';
import { clientAddressAppended, networkOf } from '#kernel/http/security/client-address.ts';
import { nextRequestId } from '#kernel/telemetry/ids.ts';
import { recordSecurityEvent } from '#kernel/telemetry/security-events.ts';
import { seeOther } from '../../panels/act.ts';
import { inspector } from '../../panels/allowed.ts';

/** Takes the token, and leaves a cookie in its place that is worth nothing once the token has changed. */
export async function POST(request: Request): Promise<Response> {
  const { on, token } = inspector();
  if (!on || token === undefined) return new Response('Not found', { status: 404 });
  return actOnForm(request, async (form) => {
    const back = form.get('return') ?? '/inspector';
    if (!isToken(token, form.get('token') ?? '')) {
      const over = await refusedSignIn(request);
      if (over) return over;
      return seeOther(`/inspector/sign-in?${new URLSearchParams({ refused: '1', return: back })}`);
    }
    return seeOther(back, nextEngine().runtime.cookies.write(INSPECTOR_COOKIE, passFor(token, Date.now()), PASS_LIFE));
  });
}

/** Logs a wrong token, and refuses more from the same network for a while. */
async function refusedSignIn(request: Request): Promise<Response | undefined> {
  const engine = nextEngine();
  const { trustedProxies, security } = engine.runtime;
  const address = clientAddressAppended(request.headers.get('x-forwarded-for') ?? undefined, trustedProxies);
  const tries = await countRefused(engine, { address });
  const status = tries?.over ? 429 : 303;
  const { pathname: path } = new URL(request.url);
  const event = {
    event: 'operator-refused',
    id: nextRequestId(),
    operation: 'inspector',
    method: 'POST',
    path,
    status,
  };
  if (security) recordSecurityEvent({ ...event, address }, networkOf(address), performance.now(), security);
  if (!tries?.over) return undefined;
  return new Response(`Too many wrong tokens. Try again in ${tries.reset} s.`, {
    status,
    headers: { 'Retry-After': String(tries.reset), 'Cache-Control': 'no-store' },
  });
}
