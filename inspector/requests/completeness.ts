import type { RequestTrace } from '#kernel/telemetry/trace.ts';

/** How complete an answer was: so many of so many sections. */
export interface Completeness {
  readonly complete: number;
  readonly of: number;
}

/** Undefined where an answer has no sections: it failed, or it is not composed. */
export function completenessOf({ calls, sections, cache, status }: RequestTrace): Completeness | undefined {
  if (status >= 400) return undefined;
  // Only complete answers are cached.
  if (cache === 'hit') return { complete: 1, of: 1 };
  const broken = Object.keys(sections);
  const isCovered = (path: string) => broken.some((name) => path === name || path.startsWith(`${name}.`));
  const sound = new Set(calls.map(({ section }) => section).filter((section) => !isCovered(section)));
  const of = sound.size + broken.length;
  return of === 0 ? undefined : { complete: sound.size, of };
}
