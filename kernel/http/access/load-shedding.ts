import { admitWork, countRefusal, type LoadClass } from '#kernel/base/load/load.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { isCachedOrComposing } from '#kernel/http/read/compose.ts';
import { header, type InboundHeaders } from '#kernel/http/request/inbound.ts';
import { SAFE } from '#kernel/http/security/csrf.ts';
import { SESSION_COOKIE } from '#kernel/identity/cookies.ts';

/** Seconds. Spread, so that refused clients do not return together. */
const [SOONEST, LATEST] = [1, 3];

/**
 * The class under which a request is admitted or refused under overload; undefined for what is never refused: probes
 * and operators. A claimed identity is enough here: checking it would be work already.
 */
export function loadClassOf(
  engine: Pick<Engine, 'runtime'>,
  { contract: { probe, guard, audience } }: Operation,
  method: string,
  headers: InboundHeaders,
): LoadClass | undefined {
  if (probe || guard?.kind === 'operator') return undefined;
  if (!SAFE.includes(method)) return 'write';
  return audience !== 'public' && claimsIdentity(engine, headers) ? 'personal' : 'anonymous';
}

export function pageLoadClass(engine: Pick<Engine, 'runtime'>, method: string, headers: InboundHeaders): LoadClass {
  if (!SAFE.includes(method)) return 'write';
  return claimsIdentity(engine, headers) ? 'personal' : 'anonymous';
}

function claimsIdentity({ runtime }: Pick<Engine, 'runtime'>, headers: InboundHeaders): boolean {
  if (headers.authorization !== undefined) return true;
  return header(headers, 'cookie')?.includes(`${runtime.cookies.name(SESSION_COOKIE)}=`) ?? false;
}

/** When a client that was refused may come back, in whole seconds. */
const retryAfterRefusal = (): string => String(SOONEST + Math.floor(Math.random() * (LATEST - SOONEST + 1)));

/** Refuses a request that was not begun. */
export function refuseForLoad(loadClass: LoadClass): ProblemDetails {
  countRefusal(loadClass);
  return {
    slug: 'overloaded',
    detail: 'This server has as much to do as it can do, so it has not begun with this request.',
    headers: ['Retry-After', retryAfterRefusal()],
    refusedForLoad: true,
  };
}

/**
 * Takes a request on as work, if there is room. If there is none, an anonymous read still goes on to `refuseOverload`:
 * its answer may be cached, and the key of it needs the input.
 */
export function admit(engine: Engine, context: RequestContext): ProblemDetails | undefined {
  const { operation, inbound, log } = context;
  const loadClass = loadClassOf(engine, operation, operation.route.method, inbound.headers);
  log.isWork = loadClass !== undefined && admitWork(loadClass);
  if (loadClass === undefined || log.isWork) return undefined;
  if (loadClass !== 'anonymous') return refuseForLoad(loadClass);
  context.overloaded = true;
  return undefined;
}

/** Under overload only what is cached, or being composed for another request, is answered. */
export function refuseOverload(engine: Engine, context: RequestContext): ProblemDetails | undefined {
  return context.overloaded && !isCachedOrComposing(engine, context) ? refuseForLoad('anonymous') : undefined;
}
