import { refused } from '../refused.ts';
import { type Marks, marked } from '../shapes/marks.ts';
import { folded } from '../shapes/recursion.ts';
import { isUnknown, type Members, merge, type Shape, shapeOf } from '../shapes/shape.ts';
import type { Tell } from '../texts/view.ts';
import { masked } from './private.ts';
import type { Sample } from './sample.ts';

/** What an answer is known by. */
interface Known {
  readonly samples: readonly Sample[];
  /** As a document describes it, or the schema that there is already. */
  readonly described: Shape | undefined;
  /** Whether samples win over the description, or only add to it. */
  readonly isOverruled?: boolean;
  readonly marks: Marks;
}

/** The shape that has room for all that is known; `tell` hears where a document is overruled by a sample. */
export function learned({ samples, described, isOverruled = true, marks }: Known, path: string, tell: Tell): Shape {
  const seen = samples.map(({ json }) => shapeOf(json)).reduce<Shape | undefined>(both, undefined);
  const known = seen && described && isOverruled ? overruled(described, seen, path, tell) : described;
  const shape = seen && known ? merge(known, seen) : (seen ?? known ?? {});
  const whole = folded(marked(shape, marks));
  checkWhole(whole);
  return whole;
}

const both = (one: Shape | undefined, other: Shape) => (one ? merge(one, other) : other);

/** The answer that the mock gives: the first sample, without what is private in it. */
export function seedOf(samples: readonly Sample[], path: string, tell: Tell): unknown {
  return samples.map(({ value }) => masked(value, path, tell))[0];
}

function checkWhole(shape: Shape): void {
  const { list, object, map, null: maybeNull } = shape;
  if (list && isUnknown(list))
    throw refused('The sample is an empty list, which says nothing about what is in one: paste one with an element.');
  if (!list && !object && !map)
    throw refused('The sample is neither an object nor a list: paste the whole of an answer.');
  if (Object.keys(shape).length > 1 || maybeNull)
    throw refused('The samples are of several kinds, such as a list and an object: one call answers one of them.');
  if (listsWithin(shape) > MOST_LISTS)
    throw refused(`Lists stand in lists, more than ${MOST_LISTS} deep, at which TypeScript gives up.`);
}

const MOST_LISTS = 10;

/** How deep lists and maps stand in one another without an object between. */
function listsWithin({ list, map, object }: Shape): number {
  const held = [list, map].flatMap((shape) => (shape ? [1 + listsBelow(shape)] : []));
  const members = [...(object ?? [])].map(([, { shape }]) => listsWithin(shape));
  return Math.max(0, ...held, ...members, ...[list, map].flatMap((shape) => (shape ? [listsWithin(shape)] : [])));
}

const listsBelow = ({ list, map }: Shape): number =>
  Math.max(0, ...[list, map].flatMap((shape) => (shape ? [1 + listsBelow(shape)] : [])));

const KINDS = ['boolean', 'number', 'text', 'list', 'object', 'map'] as const;

/** A description without those kinds of a value that no sample bears out, where samples show another. */
function overruled(said: Shape, seen: Shape, path: string, tell: Tell): Shape {
  if (said.again !== undefined) return said;
  const kinds = KINDS.filter((kind) => seen[kind] !== undefined);
  const isMap = (shape: Shape) => shape.object !== undefined || shape.map !== undefined;
  const isSaid = (kind: (typeof KINDS)[number]) => said[kind] !== undefined || (isMap(seen) && isMap(said));
  const known = KINDS.filter((kind) => said[kind] !== undefined);
  if (kinds.length > 0 && known.length > 0 && !kinds.some(isSaid)) {
    tell(path, `the document has ${known.join(' or ')}, the sample ${kinds.join(' and ')}`);
    return said.null ? { null: true } : {};
  }
  return {
    ...said,
    ...(said.list && seen.list && { list: overruled(said.list, seen.list, `${path}[]`, tell) }),
    ...(said.map && seen.map && { map: overruled(said.map, seen.map, `${path}{}`, tell) }),
    ...(said.object && seen.object && { object: overruledMembers(said.object, seen.object, path, tell) }),
  };
}

function overruledMembers(said: Members, seen: Members, path: string, tell: Tell): Members {
  return new Map(
    [...said].map(([key, member]) => {
      const found = seen.get(key);
      return [key, found ? { ...member, shape: overruled(member.shape, found.shape, `${path}.${key}`, tell) } : member];
    }),
  );
}
