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
  /** Whether the upstream's own Cache-Control shortens all of this. */
  readonly bounded: boolean;
  /** Whether private values are stored in the shared tier, too, sealed. Public values always are. */
  readonly sharesPrivate: boolean;
  staleFor(duration: Duration): CachePolicy<T>;
  staleOnError(duration: Duration): CachePolicy<T>;
  tagged<U extends T>(...tagging: Tagging<U>[]): CachePolicy<U>;
  /**
   * No longer than the upstream allows (RFC 9111): its freshness, `no-store`, `private`, `no-cache` and
   * `must-revalidate` shorten this policy. They never lengthen it.
   */
  withinUpstreams(): CachePolicy<T>;
  /** Private values go into the tier that instances share as well: sealed, and bound to their owner. */
  sharedSealed(): CachePolicy<T>;
}

type Lives<T> = Pick<CachePolicy<T>, 'fresh' | 'stale' | 'staleIfError' | 'tagging' | 'bounded' | 'sharesPrivate'>;

class Policy<T> implements CachePolicy<T> {
  readonly fresh: number;
  readonly stale: number;
  readonly staleIfError: number;
  readonly tagging: readonly Tagging<T>[];
  readonly bounded: boolean;
  readonly sharesPrivate: boolean;

  constructor({ fresh, stale, staleIfError, tagging, bounded, sharesPrivate }: Lives<T>) {
    this.fresh = fresh;
    this.stale = stale;
    this.staleIfError = staleIfError;
    this.tagging = tagging;
    this.bounded = bounded;
    this.sharesPrivate = sharesPrivate;
  }

  staleFor(duration: Duration): CachePolicy<T> {
    return new Policy<T>({ ...this, stale: toMilliseconds(duration) });
  }

  staleOnError(duration: Duration): CachePolicy<T> {
    return new Policy<T>({ ...this, staleIfError: toMilliseconds(duration) });
  }

  tagged<U extends T>(...tagging: Tagging<U>[]): CachePolicy<U> {
    return new Policy<U>({ ...this, tagging: [...(this.tagging as readonly Tagging<U>[]), ...tagging] });
  }

  withinUpstreams(): CachePolicy<T> {
    return new Policy<T>({ ...this, bounded: true });
  }

  sharedSealed(): CachePolicy<T> {
    return new Policy<T>({ ...this, sharesPrivate: true });
  }
}

const lasting = (fresh: number): CachePolicy<unknown> =>
  new Policy({ fresh, stale: 0, staleIfError: 0, tagging: [], bounded: false, sharesPrivate: false });

/** The policy of a client's method: `cache.for('60s').staleFor('10m').staleOnError('1d').tagged('catalog')`. */
export const cache = {
  for: (duration: Duration): CachePolicy<unknown> => lasting(toMilliseconds(duration)),
  /** Not cached, but known by its tags, so that live reads of it are told of a purge. */
  none: lasting(0),
};

/** Whether values are cached at all. */
export function isCacheable({ fresh, stale, staleIfError }: CachePolicy<never>): boolean {
  return fresh + stale + staleIfError > 0;
}

/** The tags known before the value is: a purge of one makes a flight too old to join. */
export function fixedTags(policy: CachePolicy<never>): string[] {
  return policy.tagging.filter((tagging) => typeof tagging === 'string');
}

export function tagsOf<T>(policy: CachePolicy<T>, value: T): string[] {
  const tags: string[] = [];
  for (const tagging of policy.tagging) {
    if (typeof tagging === 'string') tags.push(tagging);
    else tags.push(...tagging(value));
  }
  return tags;
}
