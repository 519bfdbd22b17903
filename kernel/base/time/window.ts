/** How long a window is. */
export const SECONDS = 10;

/** Two counts over the last ten seconds, in buckets of one. Plain data, so that it can live in the registry. */
export interface Window {
  readonly first: number[];
  readonly second: number[];
  at: number;
}

export function createWindow(): Window {
  return { first: new Array(SECONDS).fill(0), second: new Array(SECONDS).fill(0), at: 0 };
}

/** Moves the window on to `now` (milliseconds), emptying the buckets that have passed. */
function advance(window: Window, now: number): number {
  const second = Math.floor(now / 1_000);
  const passed = Math.min(SECONDS, second - window.at);
  for (let step = 1; step <= passed; step++) {
    const bucket = (window.at + step) % SECONDS;
    window.first[bucket] = 0;
    window.second[bucket] = 0;
  }
  if (passed >= SECONDS) {
    window.first.fill(0);
    window.second.fill(0);
  }
  if (second > window.at) window.at = second;
  return window.at % SECONDS;
}

export function count(window: Window, which: 'first' | 'second', now: number, amount: number = 1): void {
  const bucket = advance(window, now);
  window[which][bucket] = (window[which][bucket] ?? 0) + amount;
}

export function totals(window: Window, now: number): { first: number; second: number } {
  advance(window, now);
  let first = 0;
  let second = 0;
  for (let bucket = 0; bucket < SECONDS; bucket++) {
    first += window.first[bucket] ?? 0;
    second += window.second[bucket] ?? 0;
  }
  return { first, second };
}

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
