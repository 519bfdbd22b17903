import type { z } from 'zod';
import type { Contract } from '#kernel/contract/operation.ts';
import type { PROBLEMS } from '#kernel/http/problem/problems.ts';
import type { operations } from '#operations/index.ts';
import type { SectionStatus } from './result.ts';

/** The operations by address, as their contracts have them. Types and nothing else: none of it is in a bundle. */
export type Api = {
  readonly [O in (typeof operations)[number] as AddressOf<O['contract']>]: {
    readonly input: InputOf<O['contract']> & { readonly scenario?: string | undefined };
    readonly body: BodyOf<O['contract']>;
    readonly views: ViewsOf<O['contract']>;
    readonly parts: O['contract'] extends { readonly parts: readonly (infer P extends string)[] } ? P : never;
    readonly match: O['contract'] extends { readonly writes: { readonly match: true } } ? true : false;
    readonly codes: keyof typeof PROBLEMS | CodesOf<O['contract']>;
  };
};

/** Operations for servers or for browsers alone, and streams, are not in the client. */
type AddressOf<C extends Contract> = C extends { readonly guard: object } | { readonly live: true }
  ? never
  : C extends { readonly body: { readonly kind: 'raw' | 'form' } }
    ? never
    : keyof ViewsOf<C> extends never
      ? never
      : C['route'];

/** A query is text: a number may be given for it. */
type InputOf<C extends Contract> = { readonly [K in keyof z.input<C['input']>]: Text<z.input<C['input']>[K]> };
type Text<T> = string extends T ? T | number : T;

type BodyOf<C extends Contract> = C['body'] extends { readonly schema: infer S extends z.ZodType }
  ? z.input<S>
  : undefined;

type ViewsOf<C extends Contract> = C extends { readonly file: string }
  ? { readonly 200: Blob }
  : C extends { readonly output: infer S extends z.ZodType }
    ? { readonly 200: z.output<S> & Meta }
    : C extends { readonly answers: infer A extends object }
      ? { readonly [S in Exclude<keyof A & number, 303 | 308>]: A[S] extends z.ZodType ? z.output<A[S]> : undefined }
      : never;

/** How complete a view is; absent if nothing of it could be missing. */
interface Meta {
  readonly meta?: { readonly complete: boolean; readonly sections: Readonly<Record<string, SectionStatus>> };
}

type CodesOf<C extends Contract> = C extends { readonly problems: infer P extends object } ? keyof P & string : never;
