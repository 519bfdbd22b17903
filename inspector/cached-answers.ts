import { readLengthPrefixed } from '#kernel/base/json/json-value.ts';
import { isServable } from '#kernel/cache/cached-response.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';

/** One cached response. Times are milliseconds, sizes the bytes that it counts for. */
export interface CachedAnswer {
  readonly operation: string;
  /** Its input as JSON, and the headers that it depends on. */
  readonly input: string;
  readonly tags: readonly string[];
  /** `old` once something in it is not fresh any more, or was purged: then it is composed anew. */
  readonly state: 'fresh' | 'old';
  readonly left: number;
  readonly hits: number;
  readonly bytes: number;
  readonly codings: readonly ('br' | 'gzip')[];
}

/** All cached responses, the most recently used first. Reading them does not count as use. */
export function cachedAnswers({ responses, deps }: Pick<Engine, 'responses' | 'deps'>, now: number): CachedAnswer[] {
  const found: CachedAnswer[] = [];
  for (const [key, response] of responses.entries()) {
    const [, , input = '', headers = ''] = readLengthPrefixed(key) ?? [];
    const fresh = isServable(response, deps.tags, now);
    found.push({
      operation: response.operation,
      input: headers === '{}' ? input : `${input} ${headers}`,
      tags: response.tags,
      state: fresh ? 'fresh' : 'old',
      left: fresh ? response.freshUntil - now : 0,
      hits: response.hits,
      bytes: responses.info(key)?.size ?? 0,
      codings: CODINGS.filter((coding) => response[coding] !== undefined),
    });
  }
  return found;
}

const CODINGS = ['br', 'gzip'] as const;
