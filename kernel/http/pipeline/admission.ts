import { admitWork } from '#kernel/base/load/load.ts';
import { loadClassOf, refuseForLoad } from '#kernel/http/access/load-class.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { isCachedOrComposing } from '#kernel/http/read/compose.ts';

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
