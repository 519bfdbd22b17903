import { z } from 'zod';

/**
 * What samples show of a value: every kind that occurred. No sample is a shape too, the unknown one. Shapes form a
 * lattice under `merge`: any order and any repetition give the same result.
 */
export interface Shape {
  readonly null?: true;
  readonly boolean?: true;
  readonly number?: 'whole' | 'any';
  readonly text?: 'datetime' | 'date' | 'any';
  /** What its elements have in common. */
  readonly list?: Shape;
  readonly object?: Members;
}

export type Members = ReadonlyMap<string, Member>;

export interface Member {
  readonly shape: Shape;
  /** Whether some objects lack it. */
  readonly optional: boolean;
}

const DATETIME = z.iso.datetime({ offset: true });
const DATE = z.iso.date();

/** The shape of one JSON value. A few texts never make an enum: what else may come is not in the sample. */
export function shapeOf(value: unknown): Shape {
  if (value === null) return { null: true };
  if (typeof value === 'boolean') return { boolean: true };
  if (typeof value === 'number') return { number: Number.isSafeInteger(value) ? 'whole' : 'any' };
  if (typeof value === 'string') return { text: textOf(value) };
  if (Array.isArray(value)) return { list: value.map(shapeOf).reduce(merge, {}) };
  const members = Object.entries(value as object)
    // What every object inherits (`constructor`, `__proto__`) is there for a schema even where it is missing.
    .filter(([key]) => !(key in Object.prototype))
    .map(([key, member]) => [key, { shape: shapeOf(member), optional: false }] as const);
  return { object: new Map(members) };
}

/** The shape that has room for both. */
export function merge(one: Shape, other: Shape): Shape {
  const number = join(one.number, other.number);
  const text = join(one.text, other.text);
  const list = one.list && other.list ? merge(one.list, other.list) : (one.list ?? other.list);
  const object = one.object && other.object ? mergeMembers(one.object, other.object) : (one.object ?? other.object);
  return {
    ...((one.null || other.null) && { null: true }),
    ...((one.boolean || other.boolean) && { boolean: true }),
    ...(number && { number }),
    ...(text && { text }),
    ...(list && { list }),
    ...(object && { object }),
  };
}

function mergeMembers(one: Members, other: Members): Members {
  const keys = new Set([...one.keys(), ...other.keys()]);
  return new Map([...keys].map((key) => [key, mergeMember(one.get(key), other.get(key))]));
}

function mergeMember(one: Member | undefined, other: Member | undefined): Member {
  const shape = merge(one?.shape ?? {}, other?.shape ?? {});
  return { shape, optional: one === undefined || other === undefined || one.optional || other.optional };
}

/** Two that differ have in common only that they are of one kind. */
function join<K extends string>(one: K | 'any' | undefined, other: K | 'any' | undefined): K | 'any' | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one === other ? one : 'any';
}

function textOf(value: string): 'datetime' | 'date' | 'any' {
  if (DATETIME.safeParse(value).success) return 'datetime';
  return DATE.safeParse(value).success ? 'date' : 'any';
}
