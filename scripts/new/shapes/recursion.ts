import { type Members, merge, ownMembers, type Shape } from './shape.ts';

/**
 * A shape whose trees are recursive: where `children` holds objects that have `children` themselves, and another member
 * besides in common with what they are in, they are the same again.
 */
export function folded(shape: Shape): Shape {
  const { list, map, object, ...rest } = shape;
  return {
    ...rest,
    ...(list && { list: folded(list) }),
    ...(map && { map: folded(map) }),
    ...(object && { object: foldedMembers(object) }),
  };
}

function foldedMembers(members: Members): Members {
  for (const [key, { shape, presence }] of ownMembers(members)) {
    const inner = objectIn(shape);
    if (!inner?.has(key) || ![...inner.keys()].some((name) => name !== key && members.has(name))) continue;
    const cut = new Map(members).set(key, { shape: withAgain(shape), presence });
    return foldedMembers(merge({ object: cut }, { object: inner }).object ?? cut);
  }
  return new Map([...members].map(([key, { shape, presence }]) => [key, { shape: folded(shape), presence }]));
}

/** The object that a shape is, or is a list or map of. */
function objectIn({ list, map, object }: Shape): Members | undefined {
  const held = list ?? map;
  return object ?? (held && objectIn(held));
}

function withAgain({ list, map, object, ...rest }: Shape): Shape {
  if (object) return { ...rest, ...(list && { list }), again: 1 };
  return { ...rest, ...(list && { list: withAgain(list) }), ...(map && { map: withAgain(map) }) };
}
