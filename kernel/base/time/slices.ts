/** Milliseconds per slice, and how many slices there are: the last quarter of an hour. */
export const SLICE = 30_000;
export const SLICES = 30;

/** What was counted within one slice of the monotonic clock. */
interface Slice {
  /** Which slice it is. */
  turn: number;
}

/** The slices of one count, each at its index until a later one takes it. */
export type Slices<S extends Slice> = (S | undefined)[];

export const createSlices = <S extends Slice>(): Slices<S> => new Array(SLICES).fill(undefined);

/** The slice of `now`, monotonic; one that is over is emptied for it. */
export function sliceAt<S extends Slice>(
  slices: Slices<S>,
  now: number,
  make: (turn: number) => S,
  empty: (slice: S) => void,
): S {
  const turn = Math.floor(now / SLICE);
  const index = turn % SLICES;
  let slice = slices[index];
  if (slice === undefined) {
    slice = make(turn);
    slices[index] = slice;
  } else if (slice.turn !== turn) {
    slice.turn = turn;
    empty(slice);
  }
  return slice;
}

/** The last quarter of an hour, oldest first; undefined where nothing was counted. */
export function lastSlices<S extends Slice>(slices: Slices<S>, now: number): (S | undefined)[] {
  const last = Math.floor(now / SLICE);
  return Array.from({ length: SLICES }, (_, index) => {
    const turn = last - SLICES + 1 + index;
    const slice = turn < 0 ? undefined : slices[turn % SLICES];
    return slice?.turn === turn ? slice : undefined;
  });
}
