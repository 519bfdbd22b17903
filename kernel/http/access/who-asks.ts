import type { Contract } from '#kernel/contract/operation.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { type ProblemDetails, UNAUTHENTICATED } from '#kernel/http/problem/failure.ts';
import { header, type InboundHeaders } from '#kernel/http/request/inbound.ts';
import { SESSION_COOKIE } from '#kernel/identity/cookies.ts';
import { type NewGuest, newGuest } from '#kernel/identity/guest.ts';
import { ANONYMOUS, type Principal } from '#kernel/identity/principal.ts';

/** The principal, and the cookies that the answer sets whatever it is. */
interface Asking {
  readonly principal: Principal;
  readonly newGuest: NewGuest | undefined;
  readonly setCookies: readonly string[];
}

const ANONYMOUS_CALLER: Asking = { principal: ANONYMOUS, newGuest: undefined, setCookies: [] };

/** A presented credential that fails is a 401, never anonymous; a public operation does not even look. */
export async function whoAsks(
  { runtime }: Engine,
  { audience, guests, clearsSession }: Contract,
  headers: InboundHeaders,
  streams: boolean,
): Promise<Asking | ProblemDetails> {
  if (audience === 'public') return ANONYMOUS_CALLER;
  const credentials = { authorization: header(headers, 'authorization'), cookie: header(headers, 'cookie') };
  // A stream reconnects by itself: it is no sign that a user is still there.
  const found = await runtime.identify(credentials, streams ? 'peek' : undefined);
  if (found === 'refused') return { ...UNAUTHENTICATED, detail: 'The credential was refused.' };
  if (found === 'two-credentials') return { slug: 'two-credentials' };
  const setCookies = found === 'ended' ? [runtime.cookies.clear(SESSION_COOKIE)] : ANONYMOUS_CALLER.setCookies;
  const principal = found === 'ended' || (found.kind === 'guest' && guests === undefined) ? ANONYMOUS : found;
  if (principal.kind !== 'anonymous') return { ...ANONYMOUS_CALLER, principal };
  if (guests === 'opened') {
    const opened = newGuest();
    return { ...ANONYMOUS_CALLER, principal: opened.guest, newGuest: opened };
  }
  if (audience === 'either') return clearsSession ? { ...ANONYMOUS_CALLER, setCookies } : ANONYMOUS_CALLER;
  const taken = setCookies.flatMap((cookie) => ['Set-Cookie', cookie]);
  return { ...UNAUTHENTICATED, headers: [...(UNAUTHENTICATED.headers ?? []), ...taken] };
}
