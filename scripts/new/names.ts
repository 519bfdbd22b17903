import { refused } from './refused.ts';

const MAX_LENGTH = 40;
const ONE_WORD = /^[a-z][a-z0-9]*$/;
const KEBAB = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
/** Plain text, or one parameter. */
const SEGMENT = /^(?:[A-Za-z0-9][\w.-]*|\{\w+\})$/;
const CAMEL = /^\p{Ll}[\p{L}\p{N}]*$/u;
const WORDS = /\p{Lu}?[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}]+|\p{Lu}+(?!\p{Ll})|\p{L}+/gu;

/** What an upstream can't be called: what its files call something else, what JavaScript does, and MOCKS=on and off. */
const TAKEN = new Set(
  `all answer arguments as ask async await break cache case catch class conduct const constructor continue deadline
   debugger default delete describe do each else end enum eval expect export extends false finally first for
   from function get http if implements import in injection input instanceof interface kept key let meta mocks new null of
   off on operation optional package path private problem protected public purge reason request required return
   sample serve set shop static super switch tags test then this throw true try type typeof undefined upstream urls
   values var void while with word yield z`.split(/\s+/),
);

/** Whether the code has another use for a word. */
export const isTaken = (name: string): boolean => TAKEN.has(name);

/** The name of an upstream: its files, its variable and, in capitals, `<NAME>_URL`. */
export function upstreamName(name: string): string {
  if (!ONE_WORD.test(name) || name.length > MAX_LENGTH)
    throw refused(`"${name}" can't name an upstream: one word in small letters such as loyalty, no dash, no slash.`);
  if (TAKEN.has(name)) throw refused(`"${name}" can't name an upstream: the code has another use for the word.`);
  return name;
}

/** The name of an endpoint: its files and its path below /api. */
export function endpointName(name: string): string {
  if (!KEBAB.test(name) || name.length > MAX_LENGTH || name === 'index')
    throw refused(`"${name}" can't name an endpoint: small letters with dashes between words, such as loyalty-card.`);
  return name;
}

/** The path that an upstream is asked for, below its base. */
export function upstreamPath(path: string, call?: string): string {
  const segments = path.split('/');
  const named = call ?? camel(segments.findLast((segment) => !segment.startsWith('{')) ?? '');
  if (!segments.every((segment) => SEGMENT.test(segment)) || !/^[a-z]/.test(named))
    throw refused(
      `"${path}" can't be asked for: say --path v1/points or --path 'v1/points/{id}', segments whose last plain one begins with a letter.`,
    );
  return path;
}

/** `member_id`, `member-id` and `Member ID` as `memberId`; nothing where there is no letter or digit. */
export function camel(text: string): string {
  if (CAMEL.test(text)) return text;
  // A sign before a number is all that tells it from another: +1 and -1.
  const signed = text.replace(/^[+-](?=\d)/, (sign) => (sign === '+' ? 'plus' : 'minus'));
  const words = signed.match(WORDS) ?? [];
  return words.map((word, at) => (at === 0 ? word.toLowerCase() : capital(word.toLowerCase()))).join('');
}

export function pascal(text: string): string {
  return capital(camel(text));
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
