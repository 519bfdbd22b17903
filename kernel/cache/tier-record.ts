import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { deepFreeze } from '#kernel/base/json/json-value.ts';
import type { Entry } from './entry.ts';
import type { StoredText } from './tier.ts';

/** Maximum length of a record, in characters. A larger value stays in the process. */
const MAX_TEXT = 256 * 1024;

/**
 * A cached value as it stands in the tier. Instances have no clock in common: the tier counts down how long it keeps a
 * value, and lives are milliseconds of that time. The wall clock can only make a value older.
 */
const TierRecord = z.object({
  /** The log's position as it was before the fetch. */
  position: z.int().nonnegative(),
  value: z.unknown().optional(),
  missing: z.boolean(),
  provisional: z.boolean(),
  /** For how long the tier was told to keep it, and how old it was then. */
  kept: z.number(),
  age: z.number(),
  /** Wall clock, milliseconds since 1970. */
  storedOn: z.int().min(0).max(8.64e15),
  fresh: z.number(),
  stale: z.number(),
  staleIfError: z.number(),
  /** Bytes of the answer that it came from. */
  size: z.number(),
  condition: z.tuple([z.string(), z.string()]).optional(),
});

type TierRecord = z.output<typeof TierRecord>;

/** A value as it is written, and for how many milliseconds. */
export interface RecordText {
  readonly text: string;
  readonly ttl: number;
}

/**
 * The text of an entry; undefined where it can't be shared: it is too large, or read back through its schema it would
 * not be the same. `size` is that of the answer in bytes, `position` the log's before the fetch.
 */
export function writeRecord(
  entry: Entry,
  { size, position }: { readonly size: number; readonly position: number },
  schema: z.ZodType,
  now: number,
): RecordText | undefined {
  const { value, missing, provisional, storedOn, storedAt, freshUntil, staleUntil, staleIfErrorUntil } = entry;
  const ttl = Math.ceil(Math.max(freshUntil, staleUntil, staleIfErrorUntil) - now);
  if (ttl <= 0) return undefined;
  const record: TierRecord = {
    position,
    ...(missing ? {} : { value }),
    missing,
    provisional,
    kept: ttl,
    age: now - storedAt,
    storedOn,
    fresh: freshUntil - now,
    stale: staleUntil - now,
    staleIfError: staleIfErrorUntil - now,
    size,
    ...(entry.origin && { condition: [...entry.origin.condition] }),
  };
  const text = JSON.stringify(record);
  if (text.length > MAX_TEXT || !survives(entry, text, schema)) return undefined;
  return { text, ttl };
}

/** Whether a value fits its own schema. Transformed values and dates, for example, may not. */
function survives({ missing, value }: Entry, text: string, schema: z.ZodType): boolean {
  if (missing) return true;
  const read = schema.safeParse((JSON.parse(text) as TierRecord).value);
  return read.success && isDeepStrictEqual(read.data, value);
}

/** How the reader understands a value: by its own schema and the tags of its own policy, not those of the writer. */
export interface RecordReader {
  readonly schema: z.ZodType;
  /** All tags of a value; called without a value, those of a missing thing. */
  tagsOf(...value: unknown[]): readonly string[];
}

export interface ReadRecord {
  /** The log's position as it was before the fetch. */
  readonly position: number;
  readonly size: number;
  /** The entry that it makes here, once it is judged against what was purged. */
  readonly lives: Omit<Entry, 'sequence'>;
}

/**
 * Reads a record that was asked for at `asked`, monotonic, and `wall` since 1970; undefined where it is none, or its value
 * does not fit the schema.
 */
export function readRecord(
  { text, left }: StoredText,
  { schema, tagsOf }: RecordReader,
  asked: number,
  wall: number,
): ReadRecord | undefined {
  const record = TierRecord.safeParse(parsed(text)).data;
  if (record === undefined) return undefined;
  const value = record.missing ? undefined : schema.safeParse(record.value);
  if (value?.success === false) return undefined;
  const { position, size, missing, provisional, storedOn, condition } = record;
  // The write may have waited in a stalled server: if the wall clocks say that it is older, it is.
  const age = Math.max(record.age + record.kept - left, wall - storedOn);
  const storedAt = asked - age;
  const wroteAt = storedAt + record.age;
  const lives = {
    value: deepFreeze(value?.data),
    missing,
    tags: missing ? tagsOf() : tagsOf(value?.data),
    provisional,
    storedAt,
    storedOn,
    freshUntil: wroteAt + record.fresh,
    staleUntil: wroteAt + record.stale,
    staleIfErrorUntil: wroteAt + record.staleIfError,
    ...(condition && { origin: { condition, size } }),
  };
  return { position, size, lives };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
