import { type EntryState, stateOf } from '#kernel/cache/entry.ts';
import { isPrivateTag, type TagTable } from '#kernel/cache/tags.ts';
import { type CallDescription, describeKey } from '#kernel/flow/call-key.ts';
import type { LaneState } from '#kernel/upstream/lane/state.ts';

/** One value of the calls' cache, as it may be shown. Times are milliseconds, sizes the bytes that it counts for. */
export interface CachedCall extends CallDescription {
  /** The shared tags. The owner's private tags are left out: others must not see them. */
  readonly tags: readonly string[];
  readonly state: EntryState;
  readonly age: number;
  /** Until it is not fresh any more; 0 where it is not. */
  readonly left: number;
  readonly bytes: number;
  /** Whether what is remembered is that there is none. */
  readonly missing: boolean;
}

/** Everything that a lane has cached of its calls, the most recently used first. Reading it does not count as use. */
export function cachedCalls({ calls }: Pick<LaneState, 'calls'>, table: TagTable, now: number): CachedCall[] {
  const found: CachedCall[] = [];
  for (const [key, entry] of calls.entries()) {
    const state = stateOf(entry, table, now);
    found.push({
      ...describeKey(key),
      tags: entry.tags.filter((tag) => !isPrivateTag(tag)),
      state,
      age: now - entry.storedAt,
      left: state === 'fresh' ? entry.freshUntil - now : 0,
      bytes: calls.info(key)?.size ?? 0,
      missing: entry.missing,
    });
  }
  return found;
}
