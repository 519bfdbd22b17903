import type { FieldError } from './problem.ts';

/** A declared problem, thrown by an operation's code: the only throw that is not a mistake. */
interface Refusal extends Error {
  readonly kind: 'refusal';
  readonly slug: string;
  /** The fields that are to blame. */
  readonly errors: readonly FieldError[];
}

/** Ends the operation with a problem: the engine's, or one that its contract declares. `detail` is shown to the caller. */
export function refuse(slug: string, detail: string, ...errors: FieldError[]): never {
  throw Object.assign(new Error(detail), { kind: 'refusal' as const, slug, errors });
}

export function isRefusal(thrown: unknown): thrown is Refusal {
  return (thrown as Refusal | null | undefined)?.kind === 'refusal';
}
