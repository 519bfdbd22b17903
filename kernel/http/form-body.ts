import type { z } from 'zod';
import type { FieldError } from '#kernel/contract/field-error.ts';
import { shorten } from './field-error.ts';
import { nearest } from './nearest.ts';
import { fieldsOf, mayBeLeftOut, takesArray, takesNumber } from './shape.ts';
import { readPairs } from './urlencoded.ts';

const MOST_FIELDS = 256;

interface Fields {
  [name: string]: string | number | string[] | Fields;
}

/** A form's fields, in records without prototype; `reserved` are those that the engine asked for beside the schema's. */
export interface Form {
  readonly fields: Fields;
  readonly reserved: Record<string, string>;
  readonly errors: FieldError[];
}

/**
 * Decodes an application/x-www-form-urlencoded text for an object schema: one string a field, a list where the schema has an
 * array, a number where it has one, an object where names have a dot (`total.minor`); unknown fields and repeated ones are
 * errors. A schema that is no object takes any field, once.
 */
export function decodeForm(text: string, schema: z.core.$ZodType | undefined, reserved: readonly string[] = []): Form {
  const known = schema && fieldsOf(schema);
  const form: Form = { fields: Object.create(null), reserved: Object.create(null), errors: [] };
  const read = readPairs(text, { most: MOST_FIELDS, lines: true });
  for (const { key, message, code } of read.issues) form.errors.push({ in: 'body', path: key, message, code });
  for (const [key, value] of read.pairs) {
    const inner = known && innerField(key, known);
    if (reserved.includes(key)) setOnce(form.reserved, key, value, form.errors);
    else if (inner) {
      const outer = form.fields[inner.of];
      const fields: Fields = typeof outer === 'object' && !Array.isArray(outer) ? outer : Object.create(null);
      form.fields[inner.of] = fields;
      if (Object.hasOwn(fields, inner.name)) form.errors.push(repeated(key));
      else fields[inner.name] = typed(value, inner.schema);
    } else if (known !== undefined && !Object.hasOwn(known, key))
      form.errors.push(unknownField(key, Object.keys(known)));
    else if (known?.[key] !== undefined && takesArray(known[key])) {
      const list = form.fields[key];
      if (Array.isArray(list)) list.push(value);
      else form.fields[key] = [value];
    }
    // A control that nobody has filled in is sent all the same.
    else if (value === '' && known?.[key] && mayBeLeftOut(known[key])) continue;
    else setOnce(form.fields, key, typed(value, known?.[key]), form.errors);
  }
  return form;
}

/** A form has text only: what a schema takes as a number is read as one, and stays text where it is none. */
function typed(value: string, schema: z.core.$ZodType | undefined): string | number {
  return schema && takesNumber(schema) && /^-?\d{1,15}(?:\.\d+)?$/.test(value) ? Number(value) : value;
}

function setOnce(record: Record<string, unknown>, key: string, value: string | number, errors: FieldError[]): void {
  if (!Object.hasOwn(record, key)) record[key] = value;
  else errors.push(repeated(key));
}

/** The field within a field that a name with a dot stands for. */
function innerField(key: string, known: Readonly<Record<string, z.core.$ZodType>>) {
  const [of = '', name = '', ...deeper] = key.split('.');
  const outer = deeper.length === 0 && Object.hasOwn(known, of) ? known[of] : undefined;
  const fields = outer && fieldsOf(outer);
  return fields && Object.hasOwn(fields, name) ? { of, name, schema: fields[name] } : undefined;
}

function repeated(key: string): FieldError {
  return { in: 'body', path: shorten(key), message: 'is given more than once', code: 'repeated' };
}

function unknownField(key: string, known: readonly string[]): FieldError {
  const meant = nearest(key, known);
  const message = `is not known here${meant === undefined ? '' : `; did you mean ${meant}?`}`;
  return { in: 'body', path: shorten(key), message, code: 'unknown' };
}
