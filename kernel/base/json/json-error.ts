/** Why a JSON text was refused; the message never quotes the text, and `at` is an offset into it in UTF-16 units. */
export interface StrictJsonError extends Error {
  readonly name: 'StrictJsonError';
  readonly at: number;
}

export function strictJsonError(message: string, at: number): StrictJsonError {
  return Object.assign(new Error(message), { name: 'StrictJsonError' as const, at });
}

export function isStrictJsonError(thrown: unknown): thrown is StrictJsonError {
  return (thrown as StrictJsonError | null | undefined)?.name === 'StrictJsonError';
}
