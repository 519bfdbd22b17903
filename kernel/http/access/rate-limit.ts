import { processSingleton } from '#kernel/base/registry.ts';
import { pseudonymOf } from '#kernel/base/scope.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import type { Counter, PolicyName, RatePolicy, Usage } from '#kernel/contract/rate-policy.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { header, type Inbound, type InboundHeaders } from '#kernel/http/request/inbound.ts';
import { clientAddressAppended, networkOf } from '#kernel/http/security/client-address.ts';
import { ANONYMOUS, isAuthenticated, type Principal } from '#kernel/identity/principal.ts';
import { MemoryCounter } from './counter.ts';

type WithRuntime = Pick<Engine, 'runtime'>;

/**
 * Counts a request under its operation's policy: for an authenticated principal under its id, for all others under
 * their address, so that one client cannot use up another's quota. Undefined where nothing is limited: by contract, by
 * configuration, or because the answer is cached and costs nothing.
 */
export async function countRequest(
  engine: Engine,
  { operation, cached }: RequestContext,
  signedIn: boolean,
  who: string,
): Promise<Usage | undefined> {
  const name = policyOf(operation);
  const policy = name && engine.runtime.rateLimits[name];
  if (name === undefined || policy === undefined || cached !== undefined) return undefined;
  // Operations that name a policy have their own counter, so that a client that could begin a login can finish it.
  const caller = operation.contract.limit === undefined ? who : `${operation.contract.id} ${who}`;
  const counter = counterOf(engine, name, policy, signedIn);
  return usageOf(counter, name, policy, caller, signedIn || operation.route.method !== 'GET');
}

/** Counts one request of a caller; `personal` where the answer may carry the quota. */
async function usageOf(
  counter: Counter,
  name: PolicyName,
  policy: RatePolicy,
  caller: string,
  personal: boolean,
): Promise<Usage> {
  const { left, over, msBeforeNext, giveBack } = await counter.count(caller);
  // A wall clock that was put back would make the wait longer than the window.
  const reset = Math.min(policy.seconds, Math.max(1, Math.ceil(msBeforeNext / 1_000)));
  return { name, policy, left, reset, over, personal, giveBack };
}

/**
 * Counts a page as one read, besides the reads that it makes: drawing it costs more than they do. Only a valid session
 * is counted apart from the strangers at its address.
 */
export async function countPage(engine: WithRuntime, headers: InboundHeaders): Promise<Usage | undefined> {
  const { rateLimits, identify, trustedProxies } = engine.runtime;
  const policy = rateLimits.reads;
  if (policy === undefined) return undefined;
  const credentials = { authorization: undefined, cookie: header(headers, 'cookie') };
  const found = await Promise.resolve(identify(credentials, 'peek')).catch(() => ANONYMOUS);
  const principal = typeof found === 'string' ? ANONYMOUS : found;
  const address = clientAddressAppended(header(headers, 'x-forwarded-for'), trustedProxies);
  const counter = counterOf(engine, 'reads', policy, isAuthenticated(principal));
  return usageOf(counter, 'reads', policy, callerOf(principal, address), true);
}

/** Counts a wrong operator credential by the network that it came from, as logins are. */
export async function countRefused(
  engine: WithRuntime,
  { address }: Pick<Inbound, 'address'>,
): Promise<Usage | undefined> {
  const name = 'logins';
  const policy = engine.runtime.rateLimits[name];
  return policy && usageOf(counterOf(engine, name, policy, false), name, policy, `gate ${networkOf(address)}`, true);
}

/**
 * The caller that a request counts for: an authenticated principal wherever it comes from, else the network of its
 * address.
 */
export function callerOf(principal: Principal, address: string): string {
  return isAuthenticated(principal) ? pseudonymOf(principal.id.scope) : networkOf(address);
}

function policyOf({ contract: { limit }, route }: Operation): PolicyName | undefined {
  if (limit === false) return undefined;
  return limit ?? (route.method === 'GET' ? 'reads' : 'writes');
}

/** Strangers are counted in a table of their own, so that a flood of them does not push out signed-in principals. */
function counterOf({ runtime }: WithRuntime, name: PolicyName, policy: RatePolicy, signedIn: boolean): Counter {
  const counters = processSingleton('rate limits', () => new Map<string, Counter>());
  const key = `${signedIn ? 'principal' : 'address'} ${name} ${policy.quota}/${policy.seconds}`;
  let counter = counters.get(key);
  if (counter === undefined) {
    counter = runtime.sharedCounter?.(key, policy) ?? new MemoryCounter(policy);
    counters.set(key, counter);
  }
  return counter;
}

/** The 429 of a request that is one too many (RFC 6585 §4). */
export function tooMany({ name, policy: { quota, seconds }, reset }: Usage): ProblemDetails {
  return {
    slug: 'too-many-requests',
    detail: `The ${quota} ${name} in ${seconds} s are used up. Ask again in ${reset} s.`,
    extra: { 'violated-policies': [name] },
    headers: ['Retry-After', String(reset)],
  };
}

/**
 * RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10), if the answer is the caller's alone. A public
 * answer is the same for all callers and has none; nor has a redirect, which a client at its limit would not follow.
 */
export function rateFields(status: number, usage: Usage | undefined): readonly string[] {
  if (usage === undefined || (status >= 300 && status < 400) || !(usage.over || usage.personal)) return [];
  const { name, policy, left, reset } = usage;
  const quota = `"${name}";q=${policy.quota};w=${policy.seconds}`;
  return ['RateLimit-Policy', quota, 'RateLimit', `"${name}";r=${left};t=${reset}`];
}
