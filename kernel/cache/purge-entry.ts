import type { Scope } from '#kernel/base/scope.ts';
import type { Step } from '#kernel/state/state.ts';

/** The stream of all purges; a purge is known by the number of its entry. */
export const PURGES = 'purges';
export const MAX_ENTRIES = 10_000;

/** An entry that names no tags. */
const EVERYTHING = 'null';
/** Marks extra data among an entry's tags: processes of an older build take it for a tag that no value has. */
const [WRITER, ORIGIN, LOG] = ['writer ', 'origin ', 'log '];

/** Where a purge comes from. Times are milliseconds since 1970, by the clock of the instance that wrote them. */
export interface PurgeOrigin {
  /** `write`, `inspector`, or the webhook: its sender, type and id. */
  readonly by: string;
  /** When the webhook came in. */
  readonly receivedAt?: number;
  /** When it was put into the log. */
  readonly at: number;
}

/** What stands in the log. */
export interface PurgeEntry {
  /** Undefined where everything is purged. */
  readonly tags: readonly string[] | undefined;
  readonly writer?: Scope | undefined;
  readonly origin?: PurgeOrigin | undefined;
  /** The name of the log from here on: it has lost entries, so positions from before can't be compared with later ones. */
  readonly log?: string | undefined;
}

/** Puts an entry into the log, as one step of a larger commit. */
export const logStep = (entry: PurgeEntry): Step => ({
  do: 'append',
  stream: PURGES,
  value: writeEntry(entry),
  maxEntries: MAX_ENTRIES,
});

export function writeEntry({ tags, writer, origin, log }: PurgeEntry): string {
  if (tags === undefined) return EVERYTHING;
  const more = [
    ...(log === undefined ? [] : [LOG + log]),
    ...(origin === undefined ? [] : [ORIGIN + JSON.stringify(origin)]),
    ...(writer === undefined ? [] : [WRITER + writer]),
  ];
  return JSON.stringify([...tags, ...more]);
}

/** Reads an entry. One that can't be read, such as one that was written by hand, may have purged anything. */
export function readEntry(value: string): PurgeEntry {
  if (value === EVERYTHING) return { tags: undefined };
  try {
    return entryOf(JSON.parse(value));
  } catch {
    return { tags: undefined };
  }
}

function entryOf(tags: unknown): PurgeEntry {
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string')) throw new TypeError('no list of tags');
  const writer = tags.at(-1)?.startsWith(WRITER) ? tags.pop() : undefined;
  const origin = tags.at(-1)?.startsWith(ORIGIN) ? tags.pop() : undefined;
  const log = tags.at(-1)?.startsWith(LOG) ? tags.pop() : undefined;
  return {
    tags,
    log: log?.slice(LOG.length),
    writer: writer?.slice(WRITER.length) as Scope | undefined,
    origin: origin === undefined ? undefined : (JSON.parse(origin.slice(ORIGIN.length)) as PurgeOrigin),
  };
}
