import { z } from 'zod';

/** The end of the year 9999, in milliseconds since 1970: what lies beyond has no form in RFC 3339. */
const LAST = 253_402_300_799_999;

export const EpochMilliseconds = z.int().positive().max(LAST);
export const EpochSeconds = z
  .int()
  .positive()
  .max(Math.floor(LAST / 1_000));

/** A moment as RFC 3339 writes it, with any offset; here in UTC, as everything of ours is. */
export const Instant = z.iso.datetime({ offset: true }).transform(inUtc).pipe(z.iso.datetime());

function inUtc(text: string): string {
  const at = text.endsWith('Z') ? undefined : new Date(text);
  return at === undefined || Number.isNaN(at.getTime()) ? text : at.toISOString();
}
