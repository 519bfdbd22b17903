/** One kind of problem, as its page explains it. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly meaning: string;
  readonly whatToDo: string;
}
