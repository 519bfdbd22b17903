import { processSingleton } from '#kernel/base/registry.ts';
import type { State, Step } from '#kernel/state/state.ts';
import type { PurgeEntry } from './purge-entry.ts';
import { purgeAllStep, purgeStep } from './purge-log.ts';

const RETRY_EVERY_MS = 1_000;
/** With more tags than this, everything is purged: the store may be away for long. */
const MAX_TAGS = 10_000;
/** Tags of one commit: each may have a writer of its own, and a store must be able to do it in time. */
const AT_ONCE = 500;
const EVERYTHING = '';

export type UnloggedPurge = Pick<PurgeEntry, 'tags' | 'writer'>;

/** Purges that took place here and that the log has not taken, each tag once for each writer. Plain data. */
interface UnloggedPurges {
  readonly tags: Map<string, { readonly tag: string; readonly writer: UnloggedPurge['writer'] }>;
  isOffered: boolean;
}

const unlogged = () =>
  processSingleton('unlogged purges', (): UnloggedPurges => ({ tags: new Map(), isOffered: false }));

/** What the purges of a process are logged with. */
interface Logging {
  readonly sessions: { readonly state: State };
  defer(work: Promise<unknown>): void;
}

/**
 * Offers purges to the log until it has taken them: here and now, and then each second, however long it takes. The
 * process should not end before. Everything is purged where a purge names no tags.
 */
export function retryPurges({ sessions: { state }, defer }: Logging, purges: readonly UnloggedPurge[]): void {
  const pending = unlogged();
  for (const { tags, writer } of purges) for (const tag of tags ?? [EVERYTHING]) add(pending, tag, tags && writer);
  if (pending.isOffered || pending.tags.size === 0) return;
  pending.isOffered = true;
  defer(offer(pending, state));
}

function add({ tags }: UnloggedPurges, tag: string, writer: UnloggedPurge['writer']): void {
  if (tag === EVERYTHING || tags.size >= MAX_TAGS) {
    tags.clear();
    tags.set(keyOf(EVERYTHING), { tag: EVERYTHING, writer: undefined });
  } else tags.set(keyOf(tag, writer), { tag, writer });
}

const keyOf = (tag: string, writer = '') => `${writer} ${tag}`;

async function offer(pending: UnloggedPurges, state: State): Promise<void> {
  while (pending.tags.size > 0) {
    const offered = new Map(pending.tags.entries().take(AT_ONCE));
    // What is purged meanwhile has to be purged after this.
    for (const key of offered.keys()) pending.tags.delete(key);
    try {
      await state.commit(stepsOf(offered));
    } catch {
      for (const { tag, writer } of offered.values()) add(pending, tag, writer);
      await new Promise((resolve) => setTimeout(resolve, RETRY_EVERY_MS));
    }
  }
  pending.isOffered = false;
}

function stepsOf(tags: UnloggedPurges['tags']): Step[] {
  if (tags.has(keyOf(EVERYTHING))) return [purgeAllStep()];
  const byWriter = Map.groupBy(tags.values(), ({ writer }) => writer);
  return [...byWriter].map(([writer, purges]) =>
    purgeStep(
      purges.map(({ tag }) => tag),
      writer,
    ),
  );
}
