import type { Access, OperatorGuard } from '#kernel/contract/guard.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { nothingAt, type ProblemDetails, UNAUTHENTICATED } from '#kernel/http/problem/failure.ts';
import { header, type Inbound } from '#kernel/http/request/inbound.ts';
import { hidesClient } from '#kernel/http/security/client-address.ts';
import { cookieOf } from '#kernel/identity/cookies.ts';

/** What a guard says to a request, and whether a credential was presented that is none. One that has ended was one. */
export interface OperatorCheck {
  readonly access: Access;
  readonly wrong: boolean;
}

export function checkOperator(
  { runtime }: Pick<Engine, 'runtime'>,
  guard: OperatorGuard,
  { headers, address, forwarded }: Pick<Inbound, 'headers' | 'address' | 'forwarded'>,
): OperatorCheck {
  const authorization = header(headers, 'authorization');
  const pass = cookieOf(header(headers, 'cookie'), runtime.cookies.name(guard.cookie));
  const access = guard.accessOf({
    host: header(headers, 'host'),
    address,
    hidden: hidesClient(forwarded, runtime.trustedProxies) || undefined,
    authorization,
    pass: pass === 'twice' ? undefined : pass,
  });
  const shown = authorization !== undefined || pass !== undefined;
  // Where nothing could have opened it, nothing can be guessed.
  return { access, wrong: shown && access === 'locked' };
}

/** A sender who was refused, with which problem, and whether a wrong credential was presented. */
interface OperatorRefusal {
  readonly problem: ProblemDetails;
  readonly wrong: boolean;
}

/** Why the operator guard refuses a request; undefined if it passes or there is no guard. */
export function operatorRefusal(
  engine: Pick<Engine, 'runtime'>,
  { guard }: Pick<Contract, 'guard'>,
  inbound: Pick<Inbound, 'headers' | 'address' | 'forwarded'>,
  path: string,
): OperatorRefusal | undefined {
  if (guard?.kind !== 'operator') return undefined;
  const { access, wrong } = checkOperator(engine, guard, inbound);
  if (access === 'open') return undefined;
  if (access === 'absent') return { problem: nothingAt(path), wrong };
  const detail = 'This is for those who run the server: send their token as a bearer.';
  return { problem: { ...UNAUTHENTICATED, detail }, wrong };
}
