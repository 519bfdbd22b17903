import type { Privacy } from '#kernel/identity/private-id.ts';
import type { Composition, Section, Sections, Source, Values } from './section.ts';

/** Sections and the pure function that makes one answer of them; the engine may run it again as sections arrive. */
export interface Composed<out V = unknown> {
  readonly kind: 'composed';
  readonly sections: Sections;
  readonly reshape: (values: never) => V;
}

/** The functions by which an operation makes calls. `P` is `public` if the answer must not depend on the principal. */
export interface Tools<P extends Privacy = Privacy, Parts extends string = never> {
  /** Starts all sections at once; the answer is their values, for more code. */
  all<const S extends Sections<P>>(sections: S): Promise<Values<S>>;
  /** Describes an answer: these sections through this reshape. Only such an answer can be sent section by section. */
  all<const S extends Sections<P> & PartSections<P, Parts>, V>(
    sections: S,
    reshape: (values: Values<S>) => V,
  ): Composed<V>;
  /** Awaits one call that the answer cannot do without. */
  need<T>(source: Source<T, P>): Promise<T>;
}

/** Every declared part is an optional section. */
type PartSections<P extends Privacy, Parts extends string> = { readonly [K in Parts]: Section<unknown, P, 'optional'> };

export type Code<T, P extends Privacy> = (tools: Tools<P>) => Composed<T> | Promise<T | Composed<T>>;

/** A lazy composition of public calls: `compose(async ({ need, all }) => …)`. */
export function compose<T>(code: Code<T, 'public'>): Composition<T, 'public'> {
  return { kind: 'composition', privacy: 'public', code };
}

/** A lazy composition that may make private calls; its result is private. */
export function composePersonal<T>(code: Code<T, Privacy>): Composition<T, 'private'> {
  return { kind: 'composition', privacy: 'private', code };
}

export function isComposed(value: unknown): value is Composed {
  return (value as Composed | null | undefined)?.kind === 'composed';
}
