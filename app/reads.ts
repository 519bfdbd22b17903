import { cache } from 'react';

/** What one page has begun to read, each settled once its trace is recorded. */
const reads = cache(() => new Set<Promise<unknown>>());

/** Notes a read of the page that is being rendered. */
export function begun<T>(read: Promise<T>): Promise<T> {
  reads().add(read);
  return read;
}

/** Whether anything that the page has begun is still under way, and a promise for when nothing is. */
export async function underWay(): Promise<boolean> {
  const settled = Promise.allSettled(reads()).then(() => false);
  return Promise.race([settled, nextTask().then(() => true)]);
}

/** Until all that the page has begun is in, and all that it has begun meanwhile. */
export async function allIn(): Promise<void> {
  for (let before = -1; before < reads().size; ) {
    before = reads().size;
    await Promise.allSettled(reads());
    // A component that has got what it waited for may read more.
    await nextTask();
  }
}

const nextTask = () => new Promise<void>((resolve) => setImmediate(resolve));
