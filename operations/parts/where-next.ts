import { callError } from '#kernel/base/call-error.ts';
import { optional } from '#kernel/flow/section.ts';
import { compose, type Tools } from '#kernel/flow/tools.ts';
import { NO_CURSOR, nextOf } from '../shape/cursor.ts';
import { orRefuse } from './or-refuse.ts';

/** What an upstream says of how its list goes on. */
interface Onward {
  readonly upstream: string;
  /** Whether there is more. */
  readonly more: boolean;
  /** Where it is; null where the upstream does not say. */
  readonly next: string | null;
  /** Where this page was asked from. */
  readonly from: string | undefined;
}

/**
 * Where a list goes on, for the client. One with more to come and no way to it, or a way that leads back, ends here,
 * and the answer says that the rest is missing: else its reader would take it for the whole, or ask for one page for ever.
 * A longer circle can be seen only by a reader that has the earlier pages: exports look for it.
 */
export async function whereNext({ upstream, more, next, from }: Onward, { all }: Pick<Tools, 'all'>) {
  if (!more) return {};
  if (next !== null && next !== from) return nextOf(next);
  await all({ rest: optional(nowhere(upstream)) });
  return {};
}

/** A page that was asked for from a cursor: one that its upstream does not take is the client's mistake. */
export const pageFrom = <T>(from: string | undefined, page: Promise<T>): Promise<T> =>
  from === undefined ? page : orRefuse(page, NO_CURSOR);

const nowhere = (upstream: string) =>
  compose((): Promise<never> => Promise.reject(callError('contract', 'the list leads nowhere', { upstream })));
