import type { Representation } from '#kernel/cache/cached-response.ts';
import { isCdnField, unsharedFields } from '#kernel/cache/cdn/cdn-fields.ts';
import { seesPurges } from '#kernel/cache/purge-log.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';

/**
 * An answer as it may be given at this moment. While this process can't read the log of purges, the answer may be
 * outdated: it is served, but no CDN may store it, for there all clients would get it for its full life.
 */
export function withholdFromCdn({ runtime: { cdn }, deps }: Engine, representation: Representation): Representation {
  if (cdn === undefined || seesPurges(deps.tags, performance.now())) return representation;
  const unshared = (fields: readonly string[]) => [
    ...fields.filter((_, index) => !isCdnField(fields[index - (index % 2)] ?? '')),
    ...unsharedFields(cdn),
  ];
  return { ...representation, head: unshared(representation.head), unchanged: unshared(representation.unchanged) };
}
