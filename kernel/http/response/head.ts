import type { Contract } from '#kernel/contract/operation.ts';
import { APP_VERSION } from './app-version.ts';

/** What a client and the caches on its way may do with an answer (RFC 9111). */
export function cacheControl(contract: Contract, state: { degraded: boolean; lane: boolean }): string {
  if (state.degraded || state.lane) return 'no-store';
  // The client's own device may store it, and revalidates it with us before it is shown.
  if (contract.audience !== 'public') return 'private, no-cache';
  // A 304 costs us microseconds, and a browser's cache can't be purged.
  return contract.shared ? `public, no-cache, s-maxage=${contract.shared.seconds}` : 'public, no-cache';
}

/** The request headers that an answer depends on (RFC 9110 §12.5.5). */
export function vary({ audience, apps, headers = [] }: Contract): string {
  // On a personal answer as well: a browser that is shared must not take one's for another's.
  const identity = audience === 'public' ? [] : ['Authorization', 'Cookie'];
  const build = apps ? [APP_VERSION] : [];
  // Every read is there as an event stream as well.
  return ['Accept', 'Accept-Encoding', ...identity, ...build, ...headers].join(', ');
}
