import { readFileSync } from 'node:fs';
import { z } from 'zod';

interface About {
  /** What the variable does. */
  readonly about: string;
  /** What a right value is, to follow "is not". */
  readonly form: string;
  readonly example: string;
  /** The default, if the variable is not set. */
  readonly otherwise: string;
}

/** One variable of the environment. */
export interface Variable extends About {
  readonly schema: z.ZodType;
}

/** The environment as it was given. */
export type Source = Readonly<Record<string, string | undefined>>;

/** An empty value counts as not set. */
export const isSet = (source: Source, name: string): boolean => source[name] !== undefined && source[name] !== '';

export type Variables = Readonly<Record<string, Variable>>;

/** What a table of variables reads; those that are not set are not there. */
export type ValuesOf<Table extends Variables> = { readonly [Name in keyof Table]?: z.output<Table[Name]['schema']> };

export function variable<S extends z.ZodType>(schema: S, about: About): { readonly schema: S } & About {
  return { schema, ...about };
}

export const httpUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))
  .transform((text) => new URL(text));

/** What can stand in a header as it is. */
export const visible = z.string().regex(/^[\x21-\x7e]+$/);

export const readableFile = z.string().refine((path) => {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
});

/** Ends in a slash. */
export const baseUrl = httpUrl
  .refine((url) => url.username === '' && url.password === '' && url.search === '' && url.hash === '')
  .transform((url) => (url.href.endsWith('/') ? url.href : `${url.href}/`));

export const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.int().min(1).max(65_535));

export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.int().min(least).max(most));
