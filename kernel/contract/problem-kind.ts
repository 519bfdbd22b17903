/** One kind of problem, as its page explains it. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly meaning: string;
  /** For who has asked. */
  readonly whatToDo: string;
  /** For who runs this. */
  readonly forOperators?: string;
}
