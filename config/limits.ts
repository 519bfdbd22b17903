import { z } from 'zod';
import { type Duration, toMilliseconds } from '#kernel/base/time/duration.ts';
import type { PolicyName, RateLimits, RatePolicy } from '#kernel/contract/rate-policy.ts';
import { type ValuesOf, variable } from './variable.ts';

/** What a caller may do where the environment says nothing else, as `requests/time`. */
const DEFAULT_LIMITS = { reads: '600/1m', writes: '60/1m', logins: '20/5m' } as const;

/** `off`, or a policy as the environment has it: `60/1m` are sixty requests a minute. */
type Limit = 'off' | RatePolicy;

/** Reads a limit; the text must be one. */
function toLimit(text: string): Limit {
  if (text === 'off') return text;
  const [quota = '', time = ''] = text.split('/');
  return { quota: Number(quota), seconds: toMilliseconds(time as Duration) / 1_000 };
}

const limit = z
  .string()
  .regex(/^(?:off|[1-9]\d{0,6}\/[1-9]\d{0,4}[smh])$/)
  .transform(toLimit)
  .refine((read) => read === 'off' || read.seconds <= 86_400);

const limitOf = (name: PolicyName, about: string, example: string) =>
  variable(limit, {
    about,
    form: 'off, or requests/time such as 60/1m, of a day at most',
    example,
    otherwise: DEFAULT_LIMITS[name],
  });

/** How much one caller may ask for. */
export const LIMITS = {
  RATE_LIMIT_READS: limitOf(
    'reads',
    'How many reads a customer has in a time, or an address whose users are not signed in; what a cache of ours answers is free, a page is one read besides those that it makes. off is no limit.',
    '1200/1m',
  ),
  RATE_LIMIT_WRITES: limitOf('writes', 'How many writes they have, likewise.', '30/1m'),
  RATE_LIMIT_LOGINS: limitOf(
    'logins',
    'How many logins may begin from one address in a time, and as many end.',
    '10/5m',
  ),
};

/** The effective limits: those that are set, and the defaults. */
export function limitsOf(values: ValuesOf<typeof LIMITS>): RateLimits {
  const set: Readonly<Record<PolicyName, Limit | undefined>> = {
    reads: values.RATE_LIMIT_READS,
    writes: values.RATE_LIMIT_WRITES,
    logins: values.RATE_LIMIT_LOGINS,
  };
  const names = Object.keys(DEFAULT_LIMITS) as PolicyName[];
  const limits = names.map((name) => [name, set[name] ?? toLimit(DEFAULT_LIMITS[name])] as const);
  return Object.fromEntries(limits.filter(([, limit]) => limit !== 'off'));
}
