import type { Usage } from '#kernel/contract/rate-policy.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';

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
