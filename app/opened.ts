import type { Opened } from './door.ts';

/** The view once every late part is in; undefined where the first view has them all. */
export function lastOf<V>({ late }: Pick<Opened<V>, 'late'>): Opened<V>['late'][string] | undefined {
  const views = Object.values(late);
  return views.length === 0 ? undefined : Promise.all(views).then((all) => all.at(-1) as Opened<V>['first']);
}

/** The same with every late part in its first view. */
export async function settled<V>(
  opened: Pick<Opened<V>, 'first' | 'late'>,
): Promise<Pick<Opened<V>, 'first' | 'late'>> {
  return { first: (await lastOf(opened)) ?? opened.first, late: {} };
}
