import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestLog } from '#kernel/http/engine/request-log.ts';
import { header, type Inbound } from '#kernel/http/request/inbound.ts';
import { networkOf } from '#kernel/http/security/client-address.ts';
import { pathOf } from '#kernel/telemetry/access.ts';
import { recordSecurityEvent } from '#kernel/telemetry/security-events.ts';

/** Refusals that matter to operators who look for attacks, by the slug of their problem. */
const ALWAYS: readonly string[] = [
  'forbidden',
  'two-credentials',
  'bad-signature',
  'too-many-requests',
  'logout-token',
  'login-refused',
  'login-lost',
];

/** What a client has chosen is as long as it likes. */
const MAX_LENGTH = 200;

/** Logs a refusal if it matters for security: a wrong credential, not a missing one. */
export function recordRefusal(
  { runtime }: Engine,
  inbound: Inbound,
  status: number,
  log: Pick<RequestLog, 'requestId' | 'problem' | 'operation' | 'target' | 'caller' | 'reason' | 'guarded'>,
): void {
  const { requestId: id, problem, operation, target, caller, reason, guarded } = log;
  if (runtime.security === undefined || problem === undefined) return;
  const shown = guarded === 'wrong' || (problem === 'unauthenticated' && header(inbound.headers, 'authorization'));
  if (!shown && !ALWAYS.includes(problem)) return;
  const event = guarded === undefined ? (shown ? 'credential-refused' : problem) : 'operator-refused';
  const { method, address } = inbound;
  const line = { event, id, operation, method, path: pathOf(target).slice(0, MAX_LENGTH), status, address };
  const more = {
    ...(caller !== undefined && { caller }),
    ...(reason !== undefined && { reason: reason.slice(0, MAX_LENGTH) }),
  };
  recordSecurityEvent({ ...line, ...more }, networkOf(address), performance.now(), runtime.security);
}
