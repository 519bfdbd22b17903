/** Limits of W3C Trace Context §3.3: how many members there may be, how long the field is that everybody passes on. */
const MAX_MEMBERS = 32;
const MAX_LENGTH = 512;
/** Longer members are the first to go. */
const LONG = 128;

/** A key, also `tenant@system`, and a value: printable, without comma or equals sign, and not ended by a space. */
const MEMBER = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** A caller's `tracestate` as it goes on; undefined where it is invalid or empty. */
export function traceStateFrom(text: string): string | undefined {
  const members = text
    .split(',')
    .map((member) => member.replace(/^[ \t]+/, '').trimEnd())
    .filter((member) => member !== '');
  if (members.length === 0 || members.length > MAX_MEMBERS) return undefined;
  if (!members.every((member) => MEMBER.test(member))) return undefined;
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf('='))));
  if (keys.size < members.length) return undefined;
  return shortened(members).join(',') || undefined;
}

/** Whole members only: first without long ones, then from the end (§3.3.1.5). */
function shortened(members: readonly string[]): readonly string[] {
  if (lengthOf(members) <= MAX_LENGTH) return members;
  const short = members.filter(({ length }) => length <= LONG);
  while (lengthOf(short) > MAX_LENGTH) short.pop();
  return short;
}

const lengthOf = (members: readonly string[]) => members.reduce((sum, { length }) => sum + length + 1, -1);
