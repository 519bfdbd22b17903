import { readLengthPrefixed } from '#kernel/base/json/json-value.ts';
import { PURGES, readEntry } from '#kernel/cache/purge-entry.ts';
import { isPrivateTag } from '#kernel/cache/tags.ts';
import type { State, Step } from '#kernel/state/state.ts';

const STREAM = 'receipts';
/** Maximum notes of all purges; a purge has one note from each instance, and two from a CDN. */
const MAX_NOTES = 5_000;
const AT_ONCE = 500;

/** When one instance had a purge, and how many watchers it told. Times are milliseconds since 1970 by its own clock. */
export interface InstanceHop {
  readonly instance: string;
  readonly at: number;
  /** Whether it shares a tier: from `at` on it uses no older value from there. */
  readonly tier: boolean;
  /** How many watchers of what was purged have been brought up to date, and to how many of them it looks different. */
  readonly told: number;
  readonly changed: number;
  readonly last?: number;
}

/** When a CDN has confirmed a purge. It is asked twice: `again` catches answers that were on their way before. */
export interface CdnHop {
  readonly cdn: string;
  readonly instance: string;
  readonly at: number;
  readonly again: boolean;
}

/** Everything that is known of one purge. */
export interface PurgeReceipt {
  /** The number of its entry in the log. */
  readonly id: number;
  /** Undefined if everything was purged. The owner of a private tag is left out. */
  readonly tags: readonly string[] | undefined;
  readonly by: string | undefined;
  readonly receivedAt: number | undefined;
  readonly loggedAt: number | undefined;
  readonly instances: readonly InstanceHop[];
  readonly cdn: readonly CdnHop[];
}

/** One note in the state: of several purges, by one instance. */
export type Note =
  | { readonly of: 'instance'; readonly instance: string; readonly tier: boolean; readonly purges: readonly Applied[] }
  | (CdnHop & { readonly of: 'cdn'; readonly from: number; readonly to: number });

type Applied = Omit<InstanceHop, 'instance' | 'tier'> & { readonly id: number };

export const noteStep = (note: Note): Step => ({
  do: 'append',
  stream: STREAM,
  value: JSON.stringify(note),
  maxEntries: MAX_NOTES,
});

/** The receipt of a purge; undefined where the log does not have it, or no more. */
export async function receiptOf(state: State, id: number): Promise<PurgeReceipt | undefined> {
  const [entry] = await state.read(PURGES, id - 1, 1);
  return entry?.id === id ? (await withHops(state, [entry]))[0] : undefined;
}

/** The receipts of the last purges, newest first. */
export async function lastReceipts(state: State, limit: number): Promise<PurgeReceipt[]> {
  const last = (await state.bounds(PURGES))?.last ?? 0;
  const entries = await state.read(PURGES, Math.max(0, last - limit), limit);
  return (await withHops(state, entries)).reverse();
}

async function withHops(state: State, entries: readonly { id: number; value: string }[]): Promise<PurgeReceipt[]> {
  const notes = await allNotes(state);
  return entries.map(({ id, value }) => {
    const { tags, origin } = readEntry(value);
    return {
      id,
      tags: tags?.map(shownTag),
      by: origin?.by,
      receivedAt: origin?.receivedAt,
      loggedAt: origin?.at,
      ...hopsOf(id, notes),
    };
  });
}

async function allNotes(state: State): Promise<Note[]> {
  const notes: Note[] = [];
  for (let after = 0; ; ) {
    const entries = await state.read(STREAM, after, AT_ONCE);
    for (const { value } of entries) notes.push(JSON.parse(value) as Note);
    const last = entries.at(-1);
    if (last === undefined || entries.length < AT_ONCE) return notes;
    after = last.id;
  }
}

/** The last note of each instance, by its name, and each confirmation of the CDN. */
function hopsOf(id: number, notes: readonly Note[]): Pick<PurgeReceipt, 'instances' | 'cdn'> {
  const instances = new Map<string, InstanceHop>();
  const cdn: CdnHop[] = [];
  for (const note of notes) {
    if (note.of === 'cdn') {
      const { of, from, to, ...hop } = note;
      if (from <= id && id <= to && !cdn.some(({ again }) => again === hop.again)) cdn.push(hop);
      continue;
    }
    const applied = note.purges.find((one) => one.id === id);
    if (applied === undefined) continue;
    const { id: _, ...hop } = applied;
    instances.set(note.instance, { instance: note.instance, tier: note.tier, ...hop });
  }
  const byTime = <T extends { at: number }>(hops: Iterable<T>) => [...hops].sort((a, b) => a.at - b.at);
  return { instances: byTime(instances.values()), cdn: byTime(cdn) };
}

/** A private tag without its owner. */
export const shownTag = (tag: string): string =>
  isPrivateTag(tag) ? `${readLengthPrefixed(tag)?.[1]} of one customer` : tag;
