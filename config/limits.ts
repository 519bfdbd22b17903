import { type Duration, toMilliseconds } from '#kernel/base/time/duration.ts';
import type { PolicyName, RateLimits, RatePolicy } from '#kernel/contract/rate-policy.ts';

/** What a caller may do where the environment says nothing else, as `requests/time`. */
export const DEFAULT_LIMITS = { reads: '600/1m', writes: '60/1m', logins: '20/5m' } as const;

/** `off`, or a policy as the environment has it: `60/1m` are sixty requests a minute. */
export type Limit = 'off' | RatePolicy;

/** Reads a limit; the text must be one. */
export function toLimit(text: string): Limit {
  if (text === 'off') return text;
  const [quota = '', time = ''] = text.split('/');
  return { quota: Number(quota), seconds: toMilliseconds(time as Duration) / 1_000 };
}

/** The effective limits: those that are set, and the defaults. */
export function limitsOf(set: Readonly<Record<PolicyName, Limit | undefined>>): RateLimits {
  const names = Object.keys(DEFAULT_LIMITS) as PolicyName[];
  const limits = names.map((name) => [name, set[name] ?? toLimit(DEFAULT_LIMITS[name])] as const);
  return Object.fromEntries(limits.filter(([, limit]) => limit !== 'off'));
}
