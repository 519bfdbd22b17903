import type { z } from 'zod';
import type { FieldError } from '#kernel/contract/problem.ts';
import { fieldErrors, nearest, shorten } from './field-error.ts';

type InputResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: FieldError[] };

/**
 * Parses path parameters and query as one flat object. Every bad field is listed with its location. A query key is
 * refused if the schema does not know it, or if it names a path parameter. A loose schema ignores what it does not
 * know. `reserved` keys were taken before, and are listed among the allowed ones.
 */
export function parseInput<S extends z.ZodObject>(
  schema: S,
  pathParams: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string>>,
  reserved: readonly string[] = [],
): InputResult<z.output<S>> {
  const { shape } = schema;
  const loose = schema.def.catchall?._zod.def.type === 'unknown';
  const merged: Record<string, string> = Object.create(null);
  let unknown: string[] | undefined;
  for (const key of Object.keys(query)) {
    if (Object.hasOwn(shape, key) && !Object.hasOwn(pathParams, key)) merged[key] = query[key] as string;
    else if (!loose || Object.hasOwn(pathParams, key)) {
      unknown ??= [];
      unknown.push(key);
    }
  }
  for (const key of Object.keys(pathParams)) merged[key] = pathParams[key] as string;
  const result = schema.safeParse(merged);
  if (result.success && unknown === undefined) return { ok: true, value: result.data };

  const allowed = [...Object.keys(shape).filter((key) => !Object.hasOwn(pathParams, key)), ...reserved];
  const errors = (unknown ?? []).map((key) => unknownKey(key, allowed));
  if (!result.success) {
    errors.push(
      ...fieldErrors(result.error.issues, merged, (first) => (Object.hasOwn(pathParams, first) ? 'path' : 'query')),
    );
  }
  return { ok: false, errors };
}

function unknownKey(key: string, allowed: readonly string[]): FieldError {
  const meant = nearest(key, allowed);
  const choice = allowed.length === 0 ? 'none is' : `known are ${allowed.join(', ')}`;
  const message = `is not known here; ${meant === undefined ? choice : `did you mean ${meant}? ${choice}`}`;
  return { in: 'query', path: shorten(key), message, code: 'unknown' };
}
