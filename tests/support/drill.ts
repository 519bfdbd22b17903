/** A fault that is played in earnest: short in the test suite, in full by `npm run drills`. */
export interface Drill {
  readonly name: string;
  /** What holds if it passes. */
  readonly proves: string;
  /** Rejects where it does not hold; `tell` shows how far it is. Resolves with the figures. */
  run(size: Size, tell: Tell): Promise<string>;
  /** The figures alone, of the checkout in a folder: for drills that are played against an older one as well. */
  measure?(size: Size, tell: Tell, root: string): Promise<Figure[]>;
}

export type Size = 'short' | 'full';
export type Tell = (progress: string) => void;

/** One thing that a drill has seen, and whether it is as it should be. */
export interface Figure {
  readonly what: string;
  readonly wanted: string;
  readonly seen: string;
  readonly held: boolean;
}
