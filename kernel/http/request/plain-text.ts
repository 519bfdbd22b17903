import type { FieldError } from '#kernel/contract/problem.ts';
import { shorten } from './field-error.ts';

/**
 * What a client's text must not contain, in JSON, a form or a query: control characters, unpaired surrogates, and
 * characters that change the direction of the text around them (UAX #9 embeddings, overrides and isolates; the marks of
 * right-to-left scripts are allowed). `lines`: whether tabs and line breaks are allowed, as in a textarea.
 */
export function isPlain(text: string, lines: boolean): boolean {
  return !(lines ? NOT_IN_LINES : NOT_IN_A_LINE).test(text) && text.isWellFormed();
}

const NOT_IN_A_LINE = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u;
const NOT_IN_LINES = /[^\P{Cc}\t\n\r]|[\u202A-\u202E\u2066-\u2069]/u;

/** What is wrong with a text that is not plain. */
export const NOT_PLAIN = { message: 'holds a control character', code: 'control-character' } as const;

/** Every string of a JSON value that is not plain, names among them. */
export function notPlainIn(value: unknown, path: readonly string[] = []): FieldError[] {
  const error = (): FieldError => ({ in: 'body', path: path.join('.'), ...NOT_PLAIN });
  if (typeof value === 'string') return isPlain(value, true) ? [] : [error()];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const shown = shorten(name.replaceAll(/[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/gu, '?'));
    const named: FieldError[] = isPlain(name, false)
      ? []
      : [{ in: 'body', path: [...path, shown].join('.'), ...NOT_PLAIN }];
    return [...named, ...notPlainIn(inner, [...path, shown])];
  });
}
