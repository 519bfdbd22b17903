/** One kind of problem, as its page explains it. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly meaning: string;
  /** For the client. */
  readonly whatToDo: string;
  /** For operators. */
  readonly forOperators?: string;
}

/** Where in a request a bad field stands. */
export type FieldLocation = 'path' | 'query' | 'header' | 'body';

/** One bad field: its path with dots (`address.lines.0`, empty for the root), what is wrong with it, and a code. */
export interface FieldError {
  readonly in: FieldLocation;
  readonly path: string;
  readonly message: string;
  readonly code: string;
}

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
