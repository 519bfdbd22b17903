import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import type { Reply } from '#kernel/http/request/inbound.ts';
import type { Usage } from './rate-limit.ts';

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
 * Adds RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10) if the answer is the caller's alone. A
 * public answer is the same for all callers and has none; nor has a redirect, which a client at its limit would not
 * follow.
 */
export function withRateFields(reply: Reply, { name, policy, left, reset, over, personal }: Usage): Reply {
  const redirect = reply.status >= 300 && reply.status < 400;
  if (redirect || !(over || personal)) return reply;
  const fields = [
    'RateLimit-Policy',
    `"${name}";q=${policy.quota};w=${policy.seconds}`,
    'RateLimit',
    `"${name}";r=${left};t=${reset}`,
  ];
  return { ...reply, headers: [...reply.headers, ...fields] };
}
