import { PATIENCE } from './patience.ts';

/** The real ones, also where a test has a virtual clock. */
const [clock, later] = [performance, setTimeout];

/** Waits until something holds, and fails with its name if it never does. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const end = clock.now() + PATIENCE;
  while (!holds()) {
    if (clock.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => later(resolve, 2));
  }
}

/** Waits. */
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Lets everything run that needs no more than promises to go on. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
