import { nextEngine } from '#app/engine.ts';
import { shownTarget } from '#inspector/requests/shown-target.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import { inspector } from '../panels/allowed.ts';

/** Whether the viewer may be on another machine. */
export const isExposed = (): boolean => inspector().token !== undefined;

export const operationOf = ({ operation }: Pick<RequestTrace, 'operation'>): Operation | undefined =>
  nextEngine().operations.find(({ contract }) => contract.id === operation);

/** The address of a request as this viewer may see it. */
export function targetOf(trace: RequestTrace): string {
  const operation = operationOf(trace);
  const about = operation && { template: operation.route.template, audience: operation.contract.audience };
  return shownTarget(trace, about, isExposed());
}

/** Whether it can be sent again: a GET or HEAD without cookies or an operator guard, and not of another user. */
export function mayReplay({ method, operation }: RequestTrace): boolean {
  const found = operationOf({ operation });
  if (found === undefined || found.contract.cookies || found.contract.guard || found.route.method !== 'GET')
    return false;
  if (found.contract.live || !['GET', 'HEAD', 'PAGE', 'LIVE'].includes(method)) return false;
  return !isExposed() || found.contract.audience === 'public';
}

export const pageOf = (id: string): string => `/inspector/requests/${encodeURIComponent(id)}`;
