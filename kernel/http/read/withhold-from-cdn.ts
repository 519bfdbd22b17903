import type { Representation } from '#kernel/cache/cached-response.ts';
import { isCdnField, unsharedFields } from '#kernel/cache/cdn/cdn-fields.ts';
import { seesPurges } from '#kernel/cache/purge-log.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';

/**
 * An answer as it may be given at this moment. While this process can't see purges it may be older than one: no CDN may
 * store it, where it would be shown to everybody for its full life, even while we still serve it ourselves.
 */
export function withholdFromCdn({ runtime: { cdn }, deps }: Engine, representation: Representation): Representation {
  if (cdn === undefined || seesPurges(deps.tags, performance.now())) return representation;
  const unshared = (fields: readonly string[]) => [
    ...fields.filter((_, index) => !isCdnField(fields[index - (index % 2)] ?? '')),
    ...unsharedFields(cdn),
  ];
  return { ...representation, head: unshared(representation.head), unchanged: unshared(representation.unchanged) };
}
