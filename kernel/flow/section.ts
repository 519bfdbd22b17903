import type { CallError } from '#kernel/base/call-error.ts';
import type { SectionReason } from '#kernel/base/section.ts';
import type { Privacy } from '#kernel/identity/private-id.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';

/** How much the answer needs a section. The subject is what the path names: its absence is our 404. */
export type Need = 'subject' | 'required' | 'optional';

/** Several calls and the code between them as an inert value: a section like any call. */
export interface Composition<out T = unknown, out P extends Privacy = Privacy> {
  readonly kind: 'composition';
  readonly privacy: P;
  /** Phantom: what it comes to. */
  readonly value?: T;
  readonly code: unknown;
}

/** The same call for many ids: the values that could be fetched, by id. */
export interface Each<out T = unknown, out P extends Privacy = Privacy> {
  readonly kind: 'each';
  readonly ids: readonly string[];
  readonly of: (id: string) => Call<unknown, P>;
  /** Phantom: what it comes to. */
  readonly value?: T;
}

/** What a section's value comes from. */
export type Source<T = unknown, P extends Privacy = Privacy> = Call<T, P> | Composition<T, P> | Each<T, P>;

/**
 * One call for each id. An id that its upstream does not know is left out. If some calls fail, the section is reported
 * `missing` but has the other values; if all fail, it fails.
 */
export function eachOf<T, P extends Privacy>(
  ids: readonly string[],
  of: (id: string) => Call<T, P>,
): Each<Readonly<Record<string, T>>, P> {
  return { kind: 'each', ids, of };
}

/** A named part of an operation's answer. */
export interface Section<out T = unknown, out P extends Privacy = Privacy, out N extends Need = Need> {
  readonly need: N;
  readonly source: Source<unknown, P>;
  /** What stands in where an optional section fails. */
  readonly fallback: unknown;
  /** Phantom: the value that a reshape sees. */
  readonly value?: T;
}

export type Sections<P extends Privacy = Privacy> = Readonly<Record<string, Section<unknown, P>>>;

/** What a reshape sees of each section. */
export type Values<S extends Sections> = { readonly [K in keyof S]: S[K] extends Section<infer T> ? T : never };

/** The thing that the path names. */
export function subject<T, P extends Privacy>(source: Source<T, P>): Section<T, P, 'subject'> {
  return { need: 'subject', source, fallback: undefined };
}

/** What the answer cannot do without. */
export function required<T, P extends Privacy>(source: Source<T, P>): Section<T, P, 'required'> {
  return { need: 'required', source, fallback: undefined };
}

/** What the answer can do without: the fallback, or nothing, where it fails or was not asked for. */
export function optional<T, P extends Privacy>(source: Source<T, P>): Section<T | undefined, P, 'optional'>;
export function optional<T, P extends Privacy, F>(
  source: Source<T, P>,
  fallback: F,
): Section<T | F | undefined, P, 'optional'>;
export function optional(source: Source, fallback?: unknown): Section<unknown, Privacy, 'optional'> {
  return { need: 'optional', source, fallback };
}

/** The reason that clients see: our own queues and refusals count as unavailability of the upstream. */
export function sectionReason({ reason }: CallError): SectionReason {
  switch (reason) {
    case 'timeout':
    case 'open':
    case 'contract':
    case 'not-found':
    case 'busy':
      return reason;
    default:
      return 'unavailable';
  }
}
