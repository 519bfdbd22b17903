import type { Operation } from '#kernel/contract/operation.ts';
import { METHODS, type Method } from '#kernel/contract/route.ts';
import { allowed, hasHead, matchPath, type Routes } from '#kernel/http/engine/routing.ts';
import { nothingAt, type ProblemDetails } from '#kernel/http/problem/failure.ts';
import { acceptPatch } from '#kernel/http/request/body.ts';
import type { Inbound, Reply } from '#kernel/http/request/inbound.ts';
import { type ReadTarget, readQuery } from '#kernel/http/request/target.ts';
import { methodOf } from './form-post.ts';

/** The operation that a request is for. */
interface Matched {
  readonly operation: Operation;
  /** Of its path, still encoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly target: ReadTarget;
}

/** Finds the operation of a request. OPTIONS is answered here, and a wrong method gets the `Allow` of the address. */
export function matchOperation(routes: Routes, inbound: Inbound, requestId: string): Matched | Reply | ProblemDetails {
  const target = readQuery(inbound.target);
  if (target.tooLong) return { slug: 'target-too-long' };
  const match = matchPath(routes, target.path);
  if (match === undefined) return nothingAt(target.path);
  const method = methodOf(inbound, target);
  if (typeof method !== 'string') return method;
  const allow = ['Allow', allowed(match)];
  if (method === 'OPTIONS') {
    const headers = [...allow, ...acceptPatch(match.operations.get('PATCH')?.contract.body), 'X-Request-Id', requestId];
    return { status: 204, headers, body: undefined };
  }
  const operation = METHODS.includes(method as Method) ? match.operations.get(method as Method) : undefined;
  const headless = inbound.method === 'HEAD' && !hasHead(match);
  if (operation === undefined || headless || (target.method !== undefined && !operation.contract.form)) {
    return { slug: 'method-not-allowed', detail: `This address answers ${allow[1]}.`, headers: allow };
  }
  return { operation, parameters: match.parameters, target };
}
