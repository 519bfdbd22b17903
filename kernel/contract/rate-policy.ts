/** The policies under which requests are counted. */
export type PolicyName = 'reads' | 'writes' | 'logins';

/** So many requests in so many seconds. */
export interface RatePolicy {
  readonly quota: number;
  readonly seconds: number;
}

/** The policies of a host; what is not among them is not limited. */
export type RateLimits = Readonly<Partial<Record<PolicyName, RatePolicy>>>;
