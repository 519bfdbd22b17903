import { z } from 'zod';

/** The end of the year 9999, in milliseconds since 1970: what lies beyond has no form in RFC 3339. */
const LAST = 253_402_300_799_999;

export const EpochMilliseconds = z.int().positive().max(LAST);
export const EpochSeconds = z
  .int()
  .positive()
  .max(Math.floor(LAST / 1_000));

const Spelled = z.iso.datetime({ offset: true });

/**
 * A moment as RFC 3339 writes it: any offset, `t` and `z` in either case, a second 60; here in UTC, as everything of ours
 * is. Second 60 is the start of the next one, as clocks that know no leap seconds count it, in any minute: who rounds up
 * writes it too.
 */
export const Instant = z.string().meta({ format: 'date-time' }).transform(inUtc).pipe(z.iso.datetime());

function inUtc(text: string): string {
  const upper = text.toUpperCase();
  const clock = upper.replace(/^(.{16}):60(?!\d)/, '$1:59');
  const leap = clock === upper ? 0 : 1_000;
  if (!Spelled.safeParse(clock).success || (clock.endsWith('Z') && leap === 0)) return upper;
  return new Date(Date.parse(clock) + leap).toISOString();
}
