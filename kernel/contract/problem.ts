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
