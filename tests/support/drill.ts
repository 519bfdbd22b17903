/** A fault that is played in earnest: short in the test suite, in full by `npm run drills`. */
export interface Drill {
  readonly name: string;
  /** What holds if it passes. */
  readonly proves: string;
  /** Rejects where it does not hold; `tell` shows how far it is. Resolves with the figures. */
  run(size: 'short' | 'full', tell: (progress: string) => void): Promise<string>;
}
