import { type Duration, toMilliseconds } from '#kernel/base/time/duration.ts';

/** A tag, or tags read off the value once it is here: `(page) => page.items.map((item) => tags.product(item.id))`. */
export type Tagging<T> = string | ((value: T) => readonly string[]);

/** How long a call's value serves, in milliseconds, and the names under which it can be purged. */
export interface CachePolicy<in T> {
  readonly fresh: number;
  /** Beyond `fresh`: served while one flight refreshes it. */
  readonly stale: number;
  /** Beyond `fresh`: served only if the upstream fails. */
  readonly staleIfError: number;
  readonly tagging: readonly Tagging<T>[];
  staleFor(duration: Duration): CachePolicy<T>;
  staleOnError(duration: Duration): CachePolicy<T>;
  tagged<U extends T>(...tagging: Tagging<U>[]): CachePolicy<U>;
}

class Policy<T> implements CachePolicy<T> {
  readonly fresh: number;
  readonly stale: number;
  readonly staleIfError: number;
  readonly tagging: readonly Tagging<T>[];

  constructor(fresh: number, stale: number, staleIfError: number, tagging: readonly Tagging<T>[]) {
    this.fresh = fresh;
    this.stale = stale;
    this.staleIfError = staleIfError;
    this.tagging = tagging;
  }

  staleFor(duration: Duration): CachePolicy<T> {
    return new Policy(this.fresh, toMilliseconds(duration), this.staleIfError, this.tagging);
  }

  staleOnError(duration: Duration): CachePolicy<T> {
    return new Policy(this.fresh, this.stale, toMilliseconds(duration), this.tagging);
  }

  tagged<U extends T>(...tagging: Tagging<U>[]): CachePolicy<U> {
    return new Policy<U>(this.fresh, this.stale, this.staleIfError, [
      ...(this.tagging as readonly Tagging<U>[]),
      ...tagging,
    ]);
  }
}

/** The policy of a client's method: `cache.for('60s').staleFor('10m').staleOnError('1d').tagged('catalog')`. */
export const cache = {
  for: (duration: Duration): CachePolicy<unknown> => new Policy(toMilliseconds(duration), 0, 0, []),
  /** Not cached, but known by its tags, so that live reads of it are told of a purge. */
  none: new Policy<unknown>(0, 0, 0, []) as CachePolicy<unknown>,
};

/** Whether values are cached at all. */
export function isCacheable({ fresh, stale, staleIfError }: CachePolicy<never>): boolean {
  return fresh + stale + staleIfError > 0;
}

/** The tags known before the value is: a purge of one makes a flight too old to join. */
export function fixedTags(policy: CachePolicy<never>): string[] {
  return policy.tagging.filter((tagging) => typeof tagging === 'string');
}

/** All tags of a value that has come. */
export function tagsOf<T>(policy: CachePolicy<T>, value: T): string[] {
  return policy.tagging.flatMap((tagging) => (typeof tagging === 'string' ? [tagging] : tagging(value)));
}
