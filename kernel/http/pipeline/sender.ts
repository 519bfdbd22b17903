import type { Contract } from '#kernel/contract/operation.ts';
import { callerOf, countRequest, tooMany } from '#kernel/http/access/rate-limit.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import { type ProblemDetails, UNAUTHENTICATED } from '#kernel/http/problem/failure.ts';
import { header, type InboundHeaders } from '#kernel/http/request/inbound.ts';
import { crossSite } from '#kernel/http/security/csrf.ts';
import { SESSION_COOKIE } from '#kernel/identity/cookies.ts';
import { type NewGuest, newGuest } from '#kernel/identity/guest.ts';
import { ANONYMOUS, isAuthenticated, type Principal } from '#kernel/identity/principal.ts';

/** Finds the principal. A request that is refused here, or by the next stage, is counted before it is answered. */
export async function authenticate(engine: Engine, context: RequestContext): Promise<undefined> {
  const { operation, inbound, streams } = context;
  const sender = await identifySender(engine, operation.contract, inbound.headers, streams);
  if ('slug' in sender) context.denied = sender;
  else {
    context.principal = sender.principal;
    context.newGuest = sender.newGuest;
    context.setCookies = sender.setCookies;
  }
}

/**
 * A write must prove that a page of ours sent it, except with a bearer, which no browser adds by itself. Anonymous
 * writes must as well: they may open a session. A form proves it by its fields.
 */
export function requireOrigin({ runtime }: Engine, context: RequestContext): undefined {
  const { inbound, form, principal } = context;
  if (context.denied !== undefined || form !== undefined || principal.kind === 'bearer') return;
  const detail = crossSite(inbound.headers, runtime.publicUrl);
  if (detail !== undefined) context.denied = { slug: 'forbidden', detail };
}

/** Counts the request. If refused, it counts for its address: another site must not use up a customer's quota. */
export async function limitRate(engine: Engine, context: RequestContext): Promise<ProblemDetails | undefined> {
  const { operation, inbound, log, denied, principal } = context;
  context.caller = callerOf(principal, inbound.address);
  const counted = denied === undefined ? principal : ANONYMOUS;
  const caller = counted === principal ? context.caller : callerOf(counted, inbound.address);
  const usage = await countRequest(engine, context, isAuthenticated(counted), caller);
  log.usage = usage;
  // No caller is recorded for anonymous requests that are not counted.
  if (operation.contract.limit !== false || isAuthenticated(counted)) log.caller = caller;
  return usage?.over ? tooMany(usage) : undefined;
}

/** Reads a form only once its sender was counted. */
export async function readForm(_: Engine, context: RequestContext): Promise<undefined> {
  context.posted = await context.form?.read();
  const detail = context.posted?.unproven;
  if (detail !== undefined) context.denied ??= { slug: 'forbidden', detail };
}

export function refuseDenied(_: Engine, { denied }: RequestContext): ProblemDetails | undefined {
  return denied;
}

/** The principal, and the cookies that the answer sets whatever it is. */
interface Sender {
  readonly principal: Principal;
  readonly newGuest: NewGuest | undefined;
  readonly setCookies: readonly string[];
}

const ANONYMOUS_SENDER: Sender = { principal: ANONYMOUS, newGuest: undefined, setCookies: [] };

/** A presented credential that fails is a 401, never anonymous; a public operation does not even look. */
async function identifySender(
  { runtime }: Engine,
  { audience, guests, clearsSession }: Contract,
  headers: InboundHeaders,
  streams: boolean,
): Promise<Sender | ProblemDetails> {
  if (audience === 'public') return ANONYMOUS_SENDER;
  const credentials = { authorization: header(headers, 'authorization'), cookie: header(headers, 'cookie') };
  // A stream reconnects by itself: it is no sign that a user is still there.
  const found = await runtime.identify(credentials, streams ? 'peek' : undefined);
  if (found === 'refused') return { ...UNAUTHENTICATED, detail: 'The credential was refused.' };
  if (found === 'two-credentials') return { slug: 'two-credentials' };
  const setCookies = found === 'ended' ? [runtime.cookies.clear(SESSION_COOKIE)] : ANONYMOUS_SENDER.setCookies;
  const principal = found === 'ended' || (found.kind === 'guest' && guests === undefined) ? ANONYMOUS : found;
  if (principal.kind !== 'anonymous') return { ...ANONYMOUS_SENDER, principal };
  if (guests === 'opened') {
    const opened = newGuest();
    return { ...ANONYMOUS_SENDER, principal: opened.guest, newGuest: opened };
  }
  if (audience === 'either') return clearsSession ? { ...ANONYMOUS_SENDER, setCookies } : ANONYMOUS_SENDER;
  const taken = setCookies.flatMap((cookie) => ['Set-Cookie', cookie]);
  return { ...UNAUTHENTICATED, headers: [...(UNAUTHENTICATED.headers ?? []), ...taken] };
}
