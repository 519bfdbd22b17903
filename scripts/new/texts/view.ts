import { whyPrivate } from '../answers/private.ts';
import { camel } from '../names.ts';
import { isInherited } from '../shapes/inherited.ts';
import { isUnknown, type Members, ownMembers, type Shape } from '../shapes/shape.ts';

/** How a wire shape is shown to our clients: in our names, and only what is of one kind that the sample shows. */
export type View = { readonly nullable: boolean } & (
  | { readonly kind: 'value'; readonly shape: Shape }
  | { readonly kind: 'list'; readonly of: View }
  | { readonly kind: 'map'; readonly of: View }
  | { readonly kind: 'object'; readonly members: readonly ViewMember[] }
  /** The same again as the object that is so many objects further out. */
  | { readonly kind: 'again'; readonly up: number }
);

export interface ViewMember {
  readonly wireKey: string;
  readonly name: string;
  readonly required: boolean;
  readonly view: View;
}

/** Hears of what is not in a view as it is on the wire, and why. */
export type Tell = (path: string, why: string) => void;

/** The view of a shape, or undefined where nothing in it is clear enough to promise. */
export function viewOf(shape: Shape, path: string, tell: Tell): View | undefined {
  const { null: maybeNull, private: secret, list, map, object, again, ...values } = shape;
  const nullable = maybeNull === true;
  const without = (why: string) => {
    tell(path, why);
    return undefined;
  };
  if (secret !== undefined) return without(`private: ${secret}`);
  const kinds = Object.keys(values).length + [list, map, object, again].filter((kind) => kind !== undefined).length;
  if (isUnknown(shape) || (object && ownMembers(object).length === 0)) return without('nothing is known of it');
  if (kinds > 1) return without('it is of several kinds');
  if (again !== undefined) return { kind: 'again', nullable, up: again };
  if (list) {
    const of = viewOf(list, `${path}[]`, tell);
    return of && { kind: 'list', nullable, of };
  }
  if (map) {
    const of = viewOf({ ...map, null: true }, `${path}{}`, tell);
    return of && { kind: 'map', nullable, of };
  }
  if (!object) return { kind: 'value', nullable, shape: values };
  const members = viewMembers(object, path, tell);
  return members.length === 0 ? undefined : { kind: 'object', nullable, members };
}

function viewMembers(object: Members, path: string, tell: Tell): ViewMember[] {
  const own = ownMembers(object);
  const names = namesOf(own.map(([key]) => key));
  return own.flatMap(([wireKey, { shape, presence }]) => {
    const below = `${path}.${wireKey}`;
    const name = names.get(wireKey);
    const secret =
      shape.boolean || isUnknown(shape) ? undefined : whyPrivate(wireKey, shape.number && !shape.text ? 0 : undefined);
    if (name === undefined) tell(below, 'no letter or digit is in its name');
    else if (secret !== undefined) tell(below, `private: ${secret}`);
    else {
      const view = viewOf(shape, below, tell);
      if (view && name !== camel(wireKey)) tell(below, `here it is ${name}, as ${camel(wireKey)} is taken`);
      else if (view && /^[+-]\d/.test(wireKey)) tell(below, `here it is ${name}`);
      if (view) return [{ wireKey, name, required: presence === 'required', view }];
    }
    return [];
  });
}

/** What nothing of ours may be called: every object has it, or a promise. */
const isTaken = (name: string) => isInherited(name) || name === 'then';

/** Our name for each key that has one, no two alike. Who is called so on the wire already keeps the name. */
function namesOf(keys: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  const used = new Set<string>();
  const byName = [...keys].sort((one, other) => Number(camel(other) === other) - Number(camel(one) === one));
  for (const key of byName) {
    const wanted = camel(key);
    if (wanted === '') continue;
    let name = wanted;
    for (let count = 2; used.has(name) || isTaken(name); count++) name = wanted + count;
    used.add(name);
    names.set(key, name);
  }
  return names;
}

/** Whether every name in it is the wire's own. `around`: the objects that it is in, the nearest first. */
export function isSame(view: View, around: readonly View[], seen: readonly View[] = []): boolean {
  if (seen.includes(view) || view.kind === 'value') return true;
  if (view.kind === 'list' || view.kind === 'map') return isSame(view.of, around, seen);
  if (view.kind === 'again') {
    const target = around[view.up - 1];
    return target === undefined || isSame(target, around.slice(view.up), seen);
  }
  const inner = [view, ...around];
  return view.members.every(
    ({ wireKey, name, view: below }) => wireKey === name && isSame(below, inner, [...seen, view]),
  );
}

/** A wire value as its view shows it. `maybe`: whether it may be missing. */
export function shown(view: View, value: unknown, maybe = true, around: readonly View[] = []): unknown {
  // A list with names to change is left out where it is null, as `?.` has it.
  if (value === null && view.kind === 'list' && maybe && !isSame(view, around)) return undefined;
  if (value === null || value === undefined || view.kind === 'value') return value;
  if (view.kind === 'again') return shown(around[view.up - 1] as View, value, false, around.slice(view.up));
  if (view.kind === 'list') return (value as unknown[]).map((each) => shown(view.of, each, false, around));
  if (view.kind === 'map')
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shown(view.of, each, false, around)]));
  const entries = view.members
    .filter(({ wireKey }) => Object.hasOwn(value, wireKey))
    .map(({ wireKey, name, required, view: below }) => {
      const member = (value as Record<string, unknown>)[wireKey];
      return [name, shown(below, member, !required, [view, ...around])] as const;
    });
  return Object.fromEntries(entries);
}
