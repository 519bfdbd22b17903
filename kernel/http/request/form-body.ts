import type { z } from 'zod';
import type { FieldError } from '#kernel/contract/problem.ts';
import { nearest, shorten } from './field-error.ts';
import { readPairs } from './urlencoded.ts';

/** A form that was not read yet: its sender is counted first. */
export interface UnreadForm {
  readonly read: () => Promise<PostedForm>;
}

/** What a form brings that an app would send in headers. */
export interface PostedForm {
  readonly key: string | undefined;
  readonly match: string | undefined;
  /** Why it is not proven to be of its browser's session. */
  readonly unproven: string | undefined;
  /** What was read, to be read as any body. */
  readonly body: AsyncIterable<Uint8Array> | undefined;
}

const MAX_FIELDS = 256;

interface Fields {
  [name: string]: string | number | string[] | Fields;
}

/** A form's fields, in records without prototype. */
interface Form {
  readonly fields: Fields;
  readonly errors: FieldError[];
}

/**
 * Decodes an application/x-www-form-urlencoded text for an object schema: one string a field, a list where the schema has an
 * array, a number where it has one, an object where names have a dot (`total.minor`); unknown fields and repeated ones are
 * errors. A schema that is no object takes any field, once. `reserved` are fields of the engine's own, left out here.
 */
export function decodeForm(text: string, schema: z.core.$ZodType | undefined, reserved: readonly string[] = []): Form {
  const allowed = schema && fieldsOf(schema);
  const form: Form = { fields: Object.create(null), errors: [] };
  const ours: Record<string, string> = Object.create(null);
  const read = readPairs(text, { max: MAX_FIELDS, lines: true });
  for (const { key, message, code } of read.issues) form.errors.push({ in: 'body', path: key, message, code });
  for (const [key, value] of read.pairs) {
    if (reserved.includes(key)) setOnce(ours, key, value, key, form.errors);
    else take(form.fields, key, value, { allowed, key, errors: form.errors });
  }
  return form;
}

interface FieldContext {
  /** The fields that there can be; undefined where any can. */
  readonly allowed: Readonly<Record<string, z.core.$ZodType>> | undefined;
  /** The full name, for errors. */
  readonly key: string;
  readonly errors: FieldError[];
}

/** Takes one field into a record, or into one within it where the name has a dot. */
function take(fields: Fields, name: string, value: string, { allowed, key, errors }: FieldContext): void {
  const dot = name.indexOf('.');
  const outer = dot < 0 ? '' : name.slice(0, dot);
  const inner = allowed && Object.hasOwn(allowed, outer) && allowed[outer] ? fieldsOf(allowed[outer]) : undefined;
  if (inner) {
    fields[outer] ??= Object.create(null) as Fields;
    const within = fields[outer];
    if (typeof within === 'object' && !Array.isArray(within))
      take(within, name.slice(dot + 1), value, { allowed: inner, key, errors });
    else errors.push(repeated(key));
  } else if (allowed !== undefined && !Object.hasOwn(allowed, name))
    errors.push(unknownField(key, Object.keys(allowed)));
  else if (allowed?.[name] !== undefined && takesArray(allowed[name])) {
    const list = fields[name];
    if (Array.isArray(list)) list.push(value);
    else fields[name] = [value];
  }
  // A browser also sends the controls that were left empty.
  else if (value === '' && allowed?.[name] && mayBeLeftOut(allowed[name])) return;
  else setOnce(fields, name, typed(value, allowed?.[name]), key, errors);
}

/** A form has text only: what a schema takes as a number is read as one, and stays text where it is none. */
function typed(value: string, schema: z.core.$ZodType | undefined): string | number {
  return schema && takesNumber(schema) && /^-?\d{1,15}(?:\.\d+)?$/.test(value) ? Number(value) : value;
}

function setOnce(
  record: Record<string, unknown>,
  name: string,
  value: string | number,
  key: string,
  errors: FieldError[],
): void {
  if (!Object.hasOwn(record, name)) record[name] = value;
  else errors.push(repeated(key));
}

function repeated(key: string): FieldError {
  return { in: 'body', path: shorten(key), message: 'is given more than once', code: 'repeated' };
}

function unknownField(key: string, allowed: readonly string[]): FieldError {
  const meant = nearest(key, allowed);
  const message = `is not known here${meant === undefined ? '' : `; did you mean ${meant}?`}`;
  return { in: 'body', path: shorten(key), message, code: 'unknown' };
}

interface Definition {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
}

/** The fields that an object schema takes, under any optional, default or pipe around it; undefined for other schemas. */
function fieldsOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  return unwrapped(schema).shape;
}

/** Whether a schema takes an array, under any optional, default or pipe around it. */
function takesArray(schema: z.core.$ZodType): boolean {
  return unwrapped(schema).type === 'array';
}

/** Whether an object does without a field of this schema. */
function mayBeLeftOut(schema: z.core.$ZodType): boolean {
  return schema._zod.optin === 'optional';
}

/** Whether a schema takes a number, under any optional, default or pipe around it. */
function takesNumber(schema: z.core.$ZodType): boolean {
  return unwrapped(schema).type === 'number';
}

function unwrapped(schema: z.core.$ZodType): Definition {
  let definition = schema._zod.def as unknown as Definition;
  for (;;) {
    const inner = definition.innerType ?? definition.in;
    if (inner === undefined) return definition;
    definition = inner._zod.def as unknown as Definition;
  }
}
