import type { Usage } from '#kernel/contract/rate-policy.ts';
import { countRefused } from '#kernel/http/access/rate-limit.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { header, type InboundHeaders } from '#kernel/http/request/inbound.ts';
import { clientAddressAppended, networkOf } from '#kernel/http/security/client-address.ts';
import { pathOf } from '#kernel/telemetry/access.ts';
import { requestIdFrom } from '#kernel/telemetry/ids.ts';
import { recordSecurityEvent, type SecurityEvent } from '#kernel/telemetry/security-events.ts';

/** A request for a page, or a form of one: no operation, so that the engine neither answers nor records it. */
export interface PageRequest {
  readonly method: string;
  readonly target: string;
  /** With its peer appended. */
  readonly headers: InboundHeaders;
}

/** What a client has chosen is as long as it likes. */
const MAX_LENGTH = 200;

/** Logs that a page, or a form of one, was refused. */
export function tellRefused(
  { runtime }: Pick<Engine, 'runtime'>,
  { method, target, headers }: PageRequest,
  what: Pick<SecurityEvent, 'event' | 'operation' | 'status' | 'reason'>,
): void {
  if (runtime.security === undefined) return;
  const address = addressOf(runtime, headers);
  const id = requestIdFrom(header(headers, 'x-request-id'));
  const line = { ...what, id, method, path: pathOf(target).slice(0, MAX_LENGTH), address };
  recordSecurityEvent(line, networkOf(address), performance.now(), runtime.security);
}

/**
 * Counts and logs a wrong credential for the inspector; the usage where there were too many from its network. `status`
 * is what it is answered with, and `over` where there were.
 */
export async function refuseOperator(
  engine: Pick<Engine, 'runtime'>,
  request: PageRequest,
  { status, over }: { readonly status: number; readonly over: number },
): Promise<Usage | undefined> {
  const tries = await countRefused(engine, { address: addressOf(engine.runtime, request.headers) });
  const isOver = tries?.over ?? false;
  tellRefused(engine, request, { event: 'operator-refused', operation: 'inspector', status: isOver ? over : status });
  return isOver ? tries : undefined;
}

const addressOf = ({ trustedProxies }: Engine['runtime'], headers: InboundHeaders) =>
  clientAddressAppended(header(headers, 'x-forwarded-for'), trustedProxies);
