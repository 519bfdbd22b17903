import { A_NAME, isOfSomebody, whyPrivate } from '../answers/private.ts';
import { areData } from './data-keys.ts';
import { isInherited } from './inherited.ts';
import { type NumberKind, numberKindOf, type TextKind, textKindOf } from './times.ts';

/**
 * What samples show of a value: every kind that occurred. No sample is a shape too, the unknown one. Shapes form a
 * lattice under `merge`: any order and any repetition give the same result.
 */
export interface Shape {
  readonly null?: true;
  readonly boolean?: true;
  readonly number?: Kind<NumberKind>;
  readonly text?: Kind<TextKind>;
  /** What its elements have in common. */
  readonly list?: Shape;
  readonly object?: Members;
  /** What the values have in common where the keys are data. */
  readonly map?: Shape;
  /** The same again as the object that is so many objects further out: 1 is the one that has it as a member. */
  readonly again?: number;
  /** Why it seems private: `an e-mail address`. */
  readonly private?: string;
}

export interface Kind<K extends string> {
  readonly kind: K;
  /** Whether the schema takes nothing else: what was marked so. Elsewhere it is told, and any text or number taken. */
  readonly checked?: true;
}

export type Members = ReadonlyMap<string, Member>;

export interface Member {
  readonly shape: Shape;
  /** Whether it is marked as required, was seen in every object, or lacks in some. What is not required is nullish. */
  readonly presence: Presence;
}

type Presence = 'required' | 'seen' | 'lacking';

/** From what is said least of to what settles it. */
const PRESENCES: readonly Presence[] = ['seen', 'required', 'lacking'];

/** The shape of a JSON text that has been found sound. A few texts never make an enum: what else may come is not in it. */
export function shapeOf(json: string): Shape {
  const parse = JSON.parse as (text: string, revive: Reviver) => Shape;
  // Numbers by how they are written. A reviver has the members before what they are members of.
  return parse(json, (key, value, { source }) => shapeWithin(key, value, source));
}

/** As ECMAScript 2026 has it, for which TypeScript has no types yet. */
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

function shapeWithin(key: string, value: unknown, source: string | undefined): Shape {
  const why = whyPrivate(key, source === undefined ? undefined : value);
  const shape = kindsOf(key, value, source);
  const { boolean, null: none } = shape;
  return why === undefined || boolean || none ? shape : { ...shape, private: why };
}

function kindsOf(key: string, value: unknown, source = ''): Shape {
  if (value === null) return { null: true };
  if (typeof value === 'boolean') return { boolean: true };
  if (typeof value === 'number') return { number: { kind: numberKindOf(source, key) } };
  if (typeof value === 'string') return { text: { kind: textKindOf(value, key) } };
  if (Array.isArray(value)) return { list: (value as Shape[]).reduce(merge, {}) };
  const members = Object.entries(value as Record<string, Shape>);
  if (areData(members.map(([name]) => name))) return { map: members.map(([, shape]) => shape).reduce(merge, {}) };
  const ofSomebody = isOfSomebody(members.map(([name]) => name));
  return {
    object: new Map(
      members.map(([name, shape]) => {
        const isName = ofSomebody && name === 'name' && shape.text !== undefined;
        return [name, { shape: isName ? { ...shape, private: A_NAME } : shape, presence: 'seen' }];
      }),
    ),
  };
}

/** The shape that has room for both. */
export function merge(one: Shape, other: Shape): Shape {
  return settled(one, other, []);
}

/** What was found under an `again`, for the object that it stands for: by how many objects further out that is. */
type Found = { up: number; members: Members }[];

function settled(one: Shape, other: Shape, found: Found): Shape {
  const number = joined(one.number, other.number, joinNumbers);
  const text = joined(one.text, other.text, joinTexts);
  const list = both(one.list, other.list, (a, b) => settled(a, b, found));
  const again = both(one.again, other.again, Math.min);
  const map = mapOf(one, other, found);
  const object = map ? undefined : both(one.object, other.object, (a, b) => mergeMembers(a, b, found));
  if (again !== undefined && object) found.push({ up: again, members: object });
  const secret = [one.private, other.private].filter((is) => is !== undefined).sort()[0];
  return {
    ...((one.null || other.null) && { null: true }),
    ...((one.boolean || other.boolean) && { boolean: true }),
    ...(number && { number }),
    ...(text && { text }),
    ...(list && { list }),
    ...(map && { map }),
    ...(again === undefined ? object && { object } : { again }),
    ...(secret !== undefined && { private: secret }),
  };
}

/** Where one has a map and the other members, the members are entries as well. */
function mapOf(one: Shape, other: Shape, found: Found): Shape | undefined {
  if (!one.map && !other.map) return undefined;
  const values = [one, other].flatMap(({ map, object }) => [
    ...(map ? [map] : []),
    ...[...(object ?? [])].map(([, { shape }]) => (isOpen(shape) ? {} : shape)),
  ]);
  return values.reduce((a, b) => settled(a, b, found), {});
}

function mergeMembers(one: Members, other: Members, outer: Found): Members {
  const found: Found = [];
  // In the order that an object has them, so that they are written as they will be read again.
  const keys = Object.keys(Object.fromEntries([...one, ...other]));
  const merged = new Map(keys.map((key) => [key, mergeMember(one.get(key), other.get(key), found)]));
  for (const { up, members } of found) if (up > 1) outer.push({ up: up - 1, members });
  return found
    .filter(({ up }) => up === 1)
    .reduce<Members>((all, { members }) => mergeMembers(all, members, outer), merged);
}

function mergeMember(one: Member | undefined, other: Member | undefined, found: Found): Member {
  const shape = settled(one?.shape ?? {}, other?.shape ?? {}, found);
  const seen = [one?.presence ?? 'lacking', other?.presence ?? 'lacking'].map((each) => PRESENCES.indexOf(each));
  return { shape, presence: PRESENCES[Math.max(...seen)] ?? 'lacking' };
}

function both<T>(one: T | undefined, other: T | undefined, join: (one: T, other: T) => T): T | undefined {
  return one !== undefined && other !== undefined ? join(one, other) : (one ?? other);
}

function joined<K extends string>(
  one: Kind<K> | undefined,
  other: Kind<K> | undefined,
  join: (one: K, other: K) => K,
): Kind<K> | undefined {
  return both(one, other, (a, b) => {
    const kind = join(a.kind, b.kind);
    const checked = [a, b].some((each) => each.checked && each.kind === kind);
    return { kind, ...(checked && { checked: true }) };
  });
}

/** Two that differ have in common only that they are texts; or numbers, and whole ones where both are. */
const joinTexts = (one: TextKind, other: TextKind): TextKind => (one === other ? one : 'any');
const joinNumbers = (one: NumberKind, other: NumberKind): NumberKind =>
  one === other ? one : one === 'any' || other === 'any' ? 'any' : 'whole';

/** The members that a schema can have. The others are kept, as they may turn out to be entries of a map. */
export function ownMembers(members: Members): [string, Member][] {
  return [...members].filter(([key]) => !isInherited(key));
}

/** Whether it leads to an object further out than `within` objects around it. */
export function isOpen({ again = 0, list, map, object }: Shape, within = 0): boolean {
  return (
    again > within ||
    (list !== undefined && isOpen(list, within)) ||
    (map !== undefined && isOpen(map, within)) ||
    [...(object ?? [])].some(([, { shape }]) => isOpen(shape, within + 1))
  );
}

/** Whether something in an object is the same again as the object itself. */
export function isRecursive(members: Members): boolean {
  const leads = ({ again, list, map, object }: Shape, up: number): boolean =>
    again === up ||
    (list !== undefined && leads(list, up)) ||
    (map !== undefined && leads(map, up)) ||
    [...(object ?? [])].some(([, { shape }]) => leads(shape, up + 1));
  return [...members].some(([, { shape }]) => leads(shape, 1));
}

/** Whether nothing is known of it but that it may be null or a list of nothing, which some say for an empty map. */
export function isUnknown({ null: _, private: __, ...kinds }: Shape): boolean {
  const [first, ...more] = Object.entries(kinds);
  if (first === undefined) return true;
  return more.length === 0 && kinds.list !== undefined && isUnknown(kinds.list);
}

/** Whether anything in it seems to be private. */
export function hasPrivate({ private: secret, list, map, object }: Shape): boolean {
  const held = [list, map, ...[...(object ?? [])].map(([, { shape }]) => shape)];
  return secret !== undefined || held.some((shape) => shape !== undefined && hasPrivate(shape));
}

/** The members of a value that no schema can have, by their paths. */
export function inheritedIn(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return [...new Set(value.flatMap((each) => inheritedIn(each, `${path}[]`)))];
  const isMap = areData(Object.keys(value));
  return Object.entries(value).flatMap(([key, member]) =>
    isInherited(key) && !isMap ? [`${path}.${key}`] : inheritedIn(member, `${path}.${key}`),
  );
}
