import type { Opened } from './adapter.ts';

type View<V> = Opened<V>['first'];
type Parts<V> = Pick<Opened<V>, 'first' | 'late'>;

/** The view once every late part is in; undefined where the first view has them all. */
function lastOf<V>({ late }: Pick<Opened<V>, 'late'>): Promise<View<V>> | undefined {
  const views = Object.values(late);
  return views.length === 0 ? undefined : lastIn(views);
}

/** What resolves last: each view has only what had come by then. */
async function lastIn<T>(promises: readonly Promise<T>[]): Promise<T> {
  let last: T | undefined;
  await Promise.all(
    promises.map(async (promise) => {
      last = await promise;
    }),
  );
  return last as T;
}

/** The same with every late part in its first view. */
export async function settled<V>(opened: Parts<V>): Promise<Parts<V>> {
  return { first: (await lastOf(opened)) ?? opened.first, late: {} };
}
