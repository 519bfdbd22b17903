import { z } from 'zod';

/** What a text or a number may tell about a time, from what it carries. `any` and `whole` tell of none. */
export type TextKind = 'datetime' | 'local' | 'date' | 'year' | 'any';
export type NumberKind = 'seconds' | 'milliseconds' | 'whole' | 'any';

/** How a member is described that is a time, in the schema and in the reference made of it. */
export const TIMES: Readonly<Record<Exclude<TextKind | NumberKind, 'any' | 'whole'>, string>> = {
  datetime: 'a time with its offset',
  local: 'a time without a zone',
  date: 'a date',
  year: 'a year',
  seconds: 'seconds since 1970',
  milliseconds: 'milliseconds since 1970',
};

const DATETIME = z.iso.datetime({ offset: true });
const LOCAL = z.iso.datetime({ local: true });
const DATE = z.iso.date();
const YEAR = /^(?:19|20)\d\d$/;
const NAMED_AS_TIME =
  /(?:^|_|[a-z])(?:at|on|time|timestamp|date|created|updated|modified|expires?|expiry|since|until)(?:_?(?:ms|millis))?$/i;

/** A year of four digits could be anything, so its name has to say so; so has a number. */
const NAMED_AS_YEAR = /year$/i;

export function textKindOf(text: string, key: string): TextKind {
  if (DATETIME.safeParse(text).success) return 'datetime';
  if (LOCAL.safeParse(text).success) return 'local';
  if (DATE.safeParse(text).success) return 'date';
  return YEAR.test(text) && NAMED_AS_YEAR.test(key) ? 'year' : 'any';
}

/** Of a number as it is written: `20.0` is no whole one. */
export function numberKindOf(literal: string, key: string): NumberKind {
  if (!/^-?\d+$/.test(literal)) return 'any';
  if (!NAMED_AS_TIME.test(key)) return 'whole';
  // From 2001 to 2096, by the number of digits.
  if (/^[1-3]\d{9}$/.test(literal)) return 'seconds';
  return /^[1-3]\d{12}$/.test(literal) ? 'milliseconds' : 'whole';
}

/** The zod schema that takes such a time and nothing else. */
export const CHECKED_TEXTS: Readonly<Record<TextKind, string>> = {
  datetime: 'z.iso.datetime({ offset: true })',
  local: 'z.iso.datetime({ local: true })',
  date: 'z.iso.date()',
  year: String.raw`z.string().regex(/^\d{4}$/)`,
  any: 'z.string()',
};
