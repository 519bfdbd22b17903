import type { CachedAnswer } from './cached-answers.ts';
import type { CachedCall } from './cached-calls.ts';

/** How many values a tag would make old. */
interface TagCount {
  readonly tag: string;
  calls: number;
  answers: number;
}

/** Every tag on anything that is cached, by how much it would purge. */
export function tagCounts(
  calls: readonly Pick<CachedCall, 'tags'>[],
  answers: readonly Pick<CachedAnswer, 'tags'>[],
): TagCount[] {
  const counts = new Map<string, TagCount>();
  const count = (tags: readonly string[], which: 'calls' | 'answers') => {
    for (const tag of new Set(tags)) {
      const counted = counts.get(tag) ?? { tag, calls: 0, answers: 0 };
      counted[which]++;
      counts.set(tag, counted);
    }
  };
  for (const { tags } of calls) count(tags, 'calls');
  for (const { tags } of answers) count(tags, 'answers');
  const total = ({ calls: of, answers: and }: TagCount) => of + and;
  return [...counts.values()].sort((a, b) => total(b) - total(a) || (a.tag < b.tag ? -1 : 1));
}

/** Those that contain a text: in a tag, or in their input. */
export function matching<T extends { readonly tags: readonly string[] }>(
  cached: readonly T[],
  search: string,
  text: (one: T) => string,
): T[] {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return [...cached];
  return cached.filter((one) => [text(one), ...one.tags].some((part) => part.toLowerCase().includes(wanted)));
}
