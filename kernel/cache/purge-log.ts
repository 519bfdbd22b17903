import { processSingleton } from '#kernel/base/registry.ts';
import type { Scope } from '#kernel/base/scope.ts';
import { type Follower, Followers } from '#kernel/state/followers.ts';
import type { State, Step } from '#kernel/state/state.ts';
import { purgeAll, purgeTags, type TagTable } from './tags.ts';

const STREAM = 'purges';
/** An entry that names no tags. */
const EVERYTHING = 'null';
const MAX_ENTRIES = 10_000;
const AT_ONCE = 500;
/** Other processes' purges are applied within this many milliseconds. */
const POLL_INTERVAL_MS = 100;

/** Before the writer among the tags of an entry: processes of an older build take it for a tag that nothing has. */
const WRITER = 'writer ';

/**
 * Makes every value under these tags old in every process that follows the log, as one step of a larger commit. `writer`
 * is shown nothing older, whatever fails.
 */
export const purgeStep = (tags: readonly string[], writer?: Scope): Step => ({
  do: 'append',
  stream: STREAM,
  value: JSON.stringify(writer === undefined ? tags : [...tags, WRITER + writer]),
  maxEntries: MAX_ENTRIES,
});

/** Makes every tagged value old in every process that follows the log. */
export const purgeAllStep = (): Step => ({ do: 'append', stream: STREAM, value: EVERYTHING, maxEntries: MAX_ENTRIES });

const followers = () => processSingleton('purge followers', () => new Followers());

/**
 * Applies at once what the followers in this process have not read yet: a client must not hear of a change before it
 * can read it.
 */
export const catchUpWithPurges = (): Promise<void> => followers().catchUp();

/**
 * Applies the log's purges to this process's table. If it can't know what it missed (at its start, and behind the log's
 * beginning) everything counts as purged. It does not keep the process alive.
 */
export function followPurges(state: State, table: TagTable): Follower {
  let position: number | undefined;

  const read = async () => {
    if (position === undefined) {
      position = (await state.bounds(STREAM))?.last ?? 0;
      purgeAll(table);
    }
    for (;;) {
      const entries = await state.read(STREAM, position, AT_ONCE);
      const [first] = entries;
      if (first === undefined) return;
      if (first.id > position + 1) purgeAll(table);
      for (const { id, value } of entries) {
        if (value === EVERYTHING) purgeAll(table);
        else applyEntry(table, JSON.parse(value) as string[]);
        position = id;
      }
    }
  };
  return followers().follow(read, POLL_INTERVAL_MS, state.doorbell);
}

function applyEntry(table: TagTable, names: readonly string[]): void {
  const writer = names.at(-1)?.startsWith(WRITER) ? (names.at(-1)?.slice(WRITER.length) as Scope) : undefined;
  purgeTags(table, writer === undefined ? names : names.slice(0, -1), performance.now(), writer);
}
