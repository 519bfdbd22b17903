/** The policies under which requests are counted. */
export type PolicyName = 'reads' | 'writes' | 'logins';

/** So many requests in so many seconds. */
export interface RatePolicy {
  readonly quota: number;
  readonly seconds: number;
}

/** The policies of a host; what is not among them is not limited. */
export type RateLimits = Readonly<Partial<Record<PolicyName, RatePolicy>>>;

/** What a caller has used after one more request. */
export interface Counted {
  readonly left: number;
  /** Set where this request is one too many. */
  readonly over: boolean;
  /** Milliseconds until the window ends. */
  readonly msBeforeNext: number;
  /** Takes this request back. */
  giveBack(): void;
}

/** Counts the requests of callers under one policy. */
export interface Counter {
  count(caller: string): Promise<Counted>;
}

/** Where all instances count together. */
export interface SharedLimits {
  /** Rejects where the store is away. The table `tributary.rate_limits` is there once it answers. */
  query(statement: { name?: string; text: string; values?: unknown[] }): Promise<{
    readonly rows: unknown[];
    readonly rowCount: number | null;
  }>;
  /** While the store is away, each gives this share of a quota. */
  readonly instances: number;
  /** Milliseconds that a count may take, before this process counts by itself. */
  readonly patience: number;
}

/** What a caller has used of what a policy gives. */
export interface Usage {
  readonly name: PolicyName;
  readonly policy: RatePolicy;
  /** Requests that are left until the window ends. */
  readonly left: number;
  /** Seconds until the window ends, rounded up, at least 1. */
  readonly reset: number;
  /** Set where this request is one too many. */
  readonly over: boolean;
  /** Whether the answer is this caller's alone, so that it may carry the quota. */
  readonly personal: boolean;
  /** Takes the count back: the request was refused for another reason, and the client will come again. */
  readonly giveBack: () => void;
}
