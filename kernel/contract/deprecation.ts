import type { ConfigIssue } from './config-issue.ts';

/** Marks an operation as going away: every answer of it says so. */
export interface Deprecation {
  /** The day since which there is a better one, `2026-09-01`; it may be in the future. */
  readonly since: string;
  /** The day from which on it may be gone. */
  readonly sunset: string;
  /** The path of what comes after it, with the same parameters. */
  readonly successor: string;
}

/** The start of a day in UTC, in milliseconds since 1970; NaN where the text names no day. */
export const startOf = (day: string): number => (/^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : NaN);

/** What is wrong with it; undefined where nothing is. */
export function deprecationIssue({ since, sunset }: Deprecation): ConfigIssue | undefined {
  const [from, until] = [startOf(since), startOf(sunset)];
  // RFC 9745 §4: a sunset must not be earlier than the deprecation. Comparing with NaN is never true.
  return from <= until
    ? undefined
    : `goes from ${since} to ${sunset}: two days such as 2026-09-01, the sunset not earlier`;
}
