import { type CallError, callError } from '#kernel/base/call-error.ts';
import { lengthPrefixed } from '#kernel/base/json/json-value.ts';
import { Timeout } from '#kernel/base/time/timeout.ts';
import { credentialIdOf, credentialOf, scopeOf } from '#kernel/identity/principal.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import type { CallContext } from '#kernel/upstream/exchange/call-context.ts';
import type { TokenSource } from '#kernel/upstream/exchange/credential.ts';
import type { Flow } from './flow.ts';

/** The share of its timeout that a call may wait for a token of ours; the rest is for its upstream. */
const TOKEN_SHARE = 0.5;

/** The source of a call's bearer token: the user's own, one exchanged for it, or ours. Undefined if it needs none. */
export function tokenSourceOf(
  call: Call,
  { principal, deps }: Pick<Flow, 'principal' | 'deps'>,
): TokenSource | undefined {
  const ours = deps.credential(call.upstream);
  if (call.credential !== 'user') return ours?.own && inTime(ours.own, tokenTimeout(call, deps));
  const users = credentialOf(principal);
  if (users === undefined || ours?.exchange === undefined) return users;
  const whose = lengthPrefixed([scopeOf(principal), credentialIdOf(principal)]);
  return inTime(ours.exchange(whose, users), tokenTimeout(call, deps));
}

const tokenTimeout = ({ upstream }: Call, { deadlineScale }: Pick<Flow['deps'], 'deadlineScale'>): number =>
  upstream.timeout * TOKEN_SHARE * deadlineScale;

/** The headers of a call with its token, and how it gets another token if that one is refused. */
export async function withToken(
  headers: readonly string[],
  source: TokenSource,
): Promise<Required<Pick<CallContext, 'headers' | 'renewed'>>> {
  const bearing = (token: string) => [...headers, 'authorization', `Bearer ${token}`];
  let last = await source();
  const renewed = async () => {
    const other = await source(last);
    if (other === last) return undefined;
    last = other;
    return bearing(other);
  };
  return { headers: bearing(last), renewed };
}

/** The same, for so many milliseconds at most. A token that comes later serves the next call. */
const inTime =
  (source: TokenSource, timeout: number): TokenSource =>
  (refused) =>
    new Promise((resolve, reject) => {
      const timer = new Timeout(timeout, (late) => reject(late.reason === 'busy' ? late : tooLate()));
      source(refused)
        .then(resolve, reject)
        .finally(() => timer.clear());
    });

const tooLate = (): CallError => callError('unavailable', 'the token for it takes too long', { unsent: true });
