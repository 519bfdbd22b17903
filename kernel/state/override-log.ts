import { processSingleton } from '#kernel/base/registry.ts';
import { type Follower, Followers, LogCursor } from './followers.ts';
import type { Override } from './override.ts';
import { createOverrides, type Overrides, prune, removeOverride, setOverride } from './overrides.ts';
import type { State } from './state.ts';

// The names on disk stay as they are: other builds read them.
export const OVERRIDES = 'levers';
/** Entries in the log. An override whose entry was dropped counts as removed. */
const MAX_ENTRIES = 1_000;
const AT_ONCE = 500;
/** Other processes' overrides are applied, and ended ones dropped, within this many milliseconds. */
const POLL_INTERVAL_MS = 250;

/** One operator action, with overrides or with something else that acts at once, for the audit list. */
export type OverrideEvent =
  | { readonly did: 'pulled'; readonly lever: Override }
  | { readonly did: 'released'; readonly lever: Override; readonly who: string; readonly at: number }
  | {
      readonly did: 'purged';
      readonly tag: string;
      readonly why: string;
      readonly who: string;
      readonly at: number;
    };

/**
 * Records an action: it takes effect in every process that follows the log, here at once. Rejects with a StateError if
 * it could not be written, and then it was not done.
 */
export async function logOverride(state: State, event: OverrideEvent): Promise<void> {
  await state.append(OVERRIDES, JSON.stringify(event), { maxEntries: MAX_ENTRIES, durable: true });
  // A follower that can't read it now polls again in a moment.
  await followers()
    .catchUp()
    .catch(() => undefined);
}

/** The last things that were done, newest first. */
export async function lastOverrideEvents(state: State, limit: number): Promise<OverrideEvent[]> {
  const bounds = await state.bounds(OVERRIDES);
  if (bounds === undefined) return [];
  const entries = await state.read(OVERRIDES, Math.max(0, bounds.last - limit), limit);
  return entries.flatMap(({ value }) => readEvent(value) ?? []).reverse();
}

/** Undefined for an entry that is none of ours, such as one that was written by hand: it must not stop the log. */
function readEvent(value: string): OverrideEvent | undefined {
  try {
    const event = JSON.parse(value) as OverrideEvent;
    return event.did === 'purged' || typeof event.lever.id === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}

const followers = () => processSingleton('lever followers', () => new Followers());

/**
 * Applies the log to a table from its beginning: overrides set before this process began are valid here as well. While
 * the store is away, known overrides stay until they end. It does not keep the process alive.
 */
export function followOverrides(state: State, table: Overrides): Follower {
  const log = new LogCursor(state, OVERRIDES);

  /** What a log that has lost entries still says, while it is read anew. What is known holds until all of it is read. */
  let anew: Overrides | undefined;

  const read = async () => {
    prune(table, Date.now());
    for (;;) {
      const entries = await log.next(AT_ONCE);
      if (entries === undefined) {
        anew = createOverrides();
        log.moveTo(0);
        continue;
      }
      for (const { id, value } of entries) {
        const event = readEvent(value);
        if (event) apply(anew ?? table, event);
        log.moveTo(id, value);
      }
      if (entries.length < AT_ONCE) break;
    }
    if (anew) table.active = anew.active;
    anew = undefined;
  };
  return followers().follow(read, POLL_INTERVAL_MS, state.doorbell);
}

function apply(table: Overrides, event: OverrideEvent): void {
  if (event.did === 'pulled') setOverride(table, event.lever, Date.now());
  if (event.did === 'released') removeOverride(table, event.lever.id, Date.now());
}
