import type { Env } from '#config/env.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import type { CacheTier } from '#kernel/cache/tier.ts';
import { openRedisTier } from './redis.ts';

/**
 * The cache that this instance shares with others, one connection a process; undefined without CACHE_URL, and in
 * development, where mocks begin anew and their values change.
 */
export function cacheTier({ cacheUrl, dev }: Pick<Env, 'cacheUrl' | 'dev'>): CacheTier | undefined {
  if (cacheUrl === undefined || dev) return undefined;
  return processSingleton('cache tier', () => openRedisTier(cacheUrl));
}
