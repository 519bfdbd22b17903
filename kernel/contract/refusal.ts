/** A declared problem, thrown by an operation's code: the only throw that is not a mistake. */
export interface Refusal extends Error {
  readonly kind: 'refusal';
  readonly slug: string;
}

/** Ends the operation with one of the problems that its contract declares. `detail` is shown to the caller. */
export function refuse(slug: string, detail: string): never {
  throw Object.assign(new Error(detail), { kind: 'refusal' as const, slug });
}

export function isRefusal(thrown: unknown): thrown is Refusal {
  return (thrown as Refusal | null | undefined)?.kind === 'refusal';
}
