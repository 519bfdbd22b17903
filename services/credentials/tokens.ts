import { processSingleton } from '#kernel/base/registry.ts';

/** Since when an upstream gets no token of ours, on the wall clock, and why: the issuer's fault, not the upstream's. */
interface TokenFailure {
  readonly upstream: string;
  readonly since: number;
  readonly why: string;
}

const failures = () => processSingleton('token failures', () => new Map<string, TokenFailure>());

/** Takes note of how getting a token went; tells whether it went otherwise than the time before. */
export function noteToken(upstream: string, why: string | undefined): boolean {
  if (why === undefined) return failures().delete(upstream);
  const before = failures().get(upstream);
  failures().set(upstream, { upstream, since: before?.since ?? Date.now(), why });
  return before === undefined;
}

/** The upstreams for which no token is to be had at this moment. */
export const tokenFailures = (): readonly TokenFailure[] => [...failures().values()];
