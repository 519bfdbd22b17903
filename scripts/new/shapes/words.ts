import { whyPrivate } from '../answers/private.ts';
import { isUnknown, type Shape } from './shape.ts';
import { type NumberKind, type TextKind, TIMES } from './times.ts';

/** Marked, where its name tells that it is private. */
export function withPrivate(key: string, shape: Shape): Shape {
  const why =
    shape.boolean || isUnknown(shape) ? undefined : whyPrivate(key, shape.number && !shape.text ? 0 : undefined);
  return why === undefined ? shape : { ...shape, private: why };
}

const FORMATS = new Map<unknown, string>([
  ['email', 'an e-mail address'],
  ['idn-email', 'an e-mail address'],
  ['password', 'a secret'],
]);

/** Why a text is private, as a document's format tells. */
export function privateBy(format: unknown): Pick<Shape, 'private'> {
  const why = FORMATS.get(format);
  return why === undefined ? {} : { private: why };
}

const TEXTS = new Set<string>(['datetime', 'local', 'date', 'year'] satisfies TextKind[]);

/** With what `wire-text.ts` has said of it in words. */
export function told(shape: Shape, words: string): Shape {
  const said = words.split('; ');
  const secret = said.find((word) => word.startsWith('private: '))?.slice('private: '.length);
  const time = Object.entries(TIMES).find(([, word]) => said.includes(word))?.[0];
  const { text, number } = shape;
  return {
    ...shape,
    ...(text && time && TEXTS.has(time) && { text: { ...text, kind: time as TextKind } }),
    ...(number && time && !TEXTS.has(time) && { number: { ...number, kind: time as NumberKind } }),
    ...(secret !== undefined && { private: secret }),
  };
}
