import type { Contract } from '#kernel/contract/operation.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { nothingAt, type ProblemDetails, UNAUTHENTICATED } from '#kernel/http/problem/failure.ts';
import { header, type Inbound } from '#kernel/http/request/inbound.ts';
import { hidesClient } from '#kernel/http/security/forwarded.ts';
import { cookieOf } from '#kernel/identity/cookies.ts';

/** A sender who was refused, with which problem, and whether a credential was presented. */
interface TurnedAway {
  readonly problem: ProblemDetails;
  readonly shown: boolean;
}

/** Why the operator guard refuses a request; undefined if it passes or there is no guard. */
export function turnedAway(
  { runtime }: Pick<Engine, 'runtime'>,
  { guard }: Pick<Contract, 'guard'>,
  { headers, address, forwarded }: Pick<Inbound, 'headers' | 'address' | 'forwarded'>,
  path: string,
): TurnedAway | undefined {
  if (guard?.kind !== 'operator') return undefined;
  const pass = cookieOf(header(headers, 'cookie'), runtime.cookies.name(guard.cookie));
  const access = guard.accessOf({
    host: header(headers, 'host'),
    address,
    hidden: hidesClient(forwarded, runtime.trustedProxies) || undefined,
    authorization: header(headers, 'authorization'),
    pass: pass === 'twice' ? undefined : pass,
  });
  if (access === 'open') return undefined;
  const shown = header(headers, 'authorization') !== undefined || pass !== undefined;
  if (access === 'absent') return { problem: nothingAt(path), shown };
  const detail = 'This is for those who run the server: send their token as a bearer.';
  return { problem: { ...UNAUTHENTICATED, detail }, shown };
}
