import { slot } from '#kernel/base/registry.ts';
import { type Follower, Followers } from './followers.ts';
import type { Lever } from './lever.ts';
import { type Levers, prune, pull, release } from './levers.ts';
import type { State } from './state.ts';

const STREAM = 'levers';
/** Entries that are kept. A lever whose entry is forgotten counts as released. */
const MAX_ENTRIES = 1_000;
const AT_ONCE = 500;
/** Other processes' levers are seen, and ended ones forgotten, within this many milliseconds. */
const LOOK_EVERY = 250;

/** Something that somebody did with levers, or with what else acts at once, for whoever asks later. */
export type LeverEvent =
  | { readonly did: 'pulled'; readonly lever: Lever }
  | { readonly did: 'released'; readonly lever: Lever; readonly who: string; readonly at: number }
  | {
      readonly did: 'purged';
      readonly tag: string;
      readonly why: string;
      readonly who: string;
      readonly at: number;
    };

/**
 * Writes down what was done: it holds in every process that follows the log, here at once. Rejects with a StateError where
 * it could not be written, and then it was not done.
 */
export async function logLever(state: State, event: LeverEvent): Promise<void> {
  await state.append(STREAM, JSON.stringify(event), { maxEntries: MAX_ENTRIES, durable: true });
  // Who can't read it now does so in a moment.
  await followers()
    .catchUp()
    .catch(() => undefined);
}

/** The last things that were done, newest first. */
export async function lastLeverEvents(state: State, limit: number): Promise<LeverEvent[]> {
  const bounds = await state.bounds(STREAM);
  if (bounds === undefined) return [];
  const entries = await state.read(STREAM, Math.max(0, bounds.last - limit), limit);
  return entries.map(({ value }) => JSON.parse(value) as LeverEvent).reverse();
}

const followers = () => slot('lever followers', () => new Followers());

/**
 * Applies the log to a table, from its beginning on: what was pulled before this process began holds here as well. While
 * the store is away, what is known holds until it ends. It keeps no process alive.
 */
export function followLevers(state: State, table: Levers): Follower {
  let seen = 0;

  const read = async () => {
    prune(table, Date.now());
    for (;;) {
      const entries = await state.read(STREAM, seen, AT_ONCE);
      for (const { id, value } of entries) {
        apply(table, JSON.parse(value) as LeverEvent);
        seen = id;
      }
      if (entries.length < AT_ONCE) return;
    }
  };
  return followers().follow(read, LOOK_EVERY);
}

function apply(table: Levers, event: LeverEvent): void {
  if (event.did === 'pulled') pull(table, event.lever, Date.now());
  if (event.did === 'released') release(table, event.lever.id, Date.now());
}
